import FaultyDisk
import Glibc
import SeededRandom
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// An outcome that names a file is never on disk before the file and its name are.
@Suite("An output file on a disk that fails") struct OutputFaultTests {
    private static let long = Outcome(
        .ok, exitCode: 0, output: CapturedOutput(head: [UInt8](repeating: 1, count: 70_000)),
        errorOutput: CapturedOutput(head: [2], tail: [UInt8](repeating: 3, count: 70_000)))
    private static let end = StoreWrite.finish(.sample(1), .succeeded, long, at: .sample)
    private let disk = FaultyDisk()

    /// A writer under which task 1 runs.
    private func rig() throws -> WriterRig {
        disk.startRecording()
        let rig = try WriterRig(settings: disk.settings)
        try rig.commit(.accept(.sample(1)))
        #expect(try rig.commit(.beginAttempt(.sample(1), at: .sample)).isCommitted)
        return rig
    }

    private func fail(_ call: FaultyDisk.Call, _ error: Int32, after good: Int, _ count: Int) {
        var flaw = FaultyDisk.Flaw()
        (flaw.calls, flaw.error, flaw.good, flaw.broken) = ([call], error, good, count)
        flaw.tornBytes = 700
        disk.breakDown([flaw])
    }

    @Test(
        "fails the commit, and is kept by the next one after a recovery",
        arguments: [FaultyDisk.Call.create, .write, .sync, .syncDirectory], [0, 1])
    func faults(_ call: FaultyDisk.Call, after good: Int) throws {
        for error in [EIO, ENOSPC] {
            let rig = try rig()
            fail(call, error, after: good, 1)
            let fault = try #require(try rig.commit(Self.end).fault)
            #expect(fault.kind == (error == EIO ? .inputOutput : .full))
            #expect(fault.message.contains("outputs") || good > 0)
            #expect(try rig.task(.sample(1))?.status == .running)
            #expect(try rig.commit(.accept(.sample(2))).fault == fault, "nothing is accepted meanwhile")
            #expect(try rig.recover().isRecovered)
            #expect(try rig.commit(Self.end).isCommitted)
            for rig in [rig, try rig.afterKill()] {
                #expect(try rig.task(.sample(1))?.outcome == Self.long)
                #expect(try rig.task(.sample(2)) == nil)
            }
        }
    }

    @Test("refuses what it is not able to keep until there is room again")
    func lasting() throws {
        let rig = try rig()
        disk.fill()
        #expect(try rig.commit(Self.end).fault?.kind == .full)
        #expect(try rig.recover().fault != nil)
        disk.heal()
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(Self.end).isCommitted)
        #expect(try rig.task(.sample(1))?.outcome == Self.long)
    }

    @Test("outlives a power cut when its commit was answered, and is whole or not told before")
    func powerCuts() throws {
        let rig = try rig()
        let start = disk.position
        try rig.commit(Self.end)
        var dice = SplitMix64(seed: 1)
        var power = PowerCut(of: disk)
        for position in start...disk.position {
            power.advance(to: position)
            let files = power.survivors(.everything, &dice)
            let isTold = try status(in: files) == TaskStatus.succeeded.storedCode
            #expect(isTold || position < disk.position)
            guard isTold else { continue }
            let outputs = files.filter { $0.key.contains("/outputs/") }.values.sorted { $0.count < $1.count }
            let (output, error) = (Self.long.output, Self.long.errorOutput)
            #expect(outputs == [output.head, error.head + error.tail], "after call \(position)")
        }
    }

    /// That of task 1, in a store on these files.
    private func status(in files: [String: [UInt8]]) throws -> Int? {
        let copy = try TemporaryFolder()
        shell("mkdir '\(copy.data)'")
        for (name, bytes) in files where !name.contains("/outputs/") {
            let target = "\(copy.data)/\(name.split(separator: "/").last ?? "")"
            // Safe: the texts live during the calls, and the array is as long as is said.
            guard let file = unsafe fopen(target, "wb") else { return nil }
            unsafe fwrite(bytes, 1, bytes.count, file)
            unsafe fclose(file)
        }
        return try WriterRig(in: copy).number("SELECT status FROM tasks").map { Int($0) }
    }
}

/// The disk of the drills does what it says of names.
@Suite struct FaultyNameTests {
    private let disk = FaultyDisk()
    private let folder: TemporaryFolder
    private var dice = SplitMix64(seed: 1)

    init() throws {
        folder = try TemporaryFolder()
        disk.startRecording()
    }

    private mutating func survivors(_ loss: PowerCut.Loss) -> [String: [UInt8]] {
        var power = PowerCut(of: disk)
        power.advance(to: disk.position)
        return power.survivors(loss, &dice)
    }

    @Test mutating func aFileIsThereWhenItsNameAndThatOfItsFolderAreOnDisk() {
        let names = disk.settings.names
        let (inner, file) = ("\(folder.path)/inner", "\(folder.path)/inner/file")
        #expect(names.makeDirectory(inner) == 0 && names.makeDirectory(inner) == EEXIST)
        #expect(names.writeFile(file, [[1, 2], [3]]) == 0)
        #expect(names.writeFile(file, [[9]]) == EEXIST)
        #expect(survivors(.nothing) == [file: [1, 2, 3]])
        #expect(survivors(.everything) == [:])
        #expect(names.syncDirectory(inner) == 0)
        #expect(survivors(.everything) == [:], "the folder's own name is lost")
        #expect(names.syncDirectory("\(inner)/..") == 0)
        #expect(survivors(.everything) == [file: [1, 2, 3]])
        #expect(names.remove(file) == 0)
        #expect(survivors(.everything) == [file: [1, 2, 3]] && survivors(.nothing) == [:])
    }

    @Test mutating func theBytesOfAFileWhoseSyncFailedAreNotCertain() {
        let (names, file) = (disk.settings.names, "\(folder.path)/file")
        disk.failSyncs(1)
        #expect(names.writeFile(file, [[1, 2]]) == EIO)
        #expect(names.syncDirectory(folder.path) == 0)
        #expect(survivors(.everything) == [file: []] && survivors(.nothing) == [file: [1, 2]])
        #expect(names.remove(file) == 0 && names.writeFile(file, [[1, 2]]) == 0)
        #expect(names.syncDirectory(folder.path) == 0)
        #expect(survivors(.everything) == [file: [1, 2]])
    }
}

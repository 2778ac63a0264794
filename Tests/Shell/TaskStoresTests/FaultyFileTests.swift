import FaultyDisk
import Glibc
import SeededRandom
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// The disk of the drills does what it says.
@Suite struct FaultyFileTests {
    private let disk = FaultyDisk()
    private let folder: TemporaryFolder
    private let path: String
    private var dice = SplitMix64(seed: 1)

    init() throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/file"
        disk.startRecording()
    }

    @Test func theSameRunMakesTheSameCalls() throws {
        var counts: Set<Int> = []
        for _ in 0..<2 {
            let disk = FaultyDisk()
            let rig = try WriterRig(settings: disk.settings)
            for number in 1...5 { try rig.commit(.accept(.sample(number))) }
            counts.insert(disk.callCount)
        }
        #expect(counts.count == 1 && !counts.contains(0))
    }

    @Test(arguments: [(EIO, StoreFault.Kind.inputOutput), (ENOSPC, .full)])
    func aCallThatFailsIsToldWithTheErrorOfTheSystem(_ error: Int32, _ kind: StoreFault.Kind) throws {
        let connection = try opened()
        var flaw = FaultyDisk.Flaw()
        (flaw.calls, flaw.error, flaw.broken) = ([.write], error, 1)
        disk.breakDown([flaw])
        let fault = #expect(throws: StoreFault.self) { try connection.execute("INSERT INTO t VALUES (1)") }
        #expect(fault?.kind == kind)
        #expect(disk.brokenCount == 1)
        try connection.execute("INSERT INTO t VALUES (2)")
        #expect(try connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test func aDelayedSyncIsWaitedFor() throws {
        let rig = try WriterRig(settings: disk.settings)
        var flaw = FaultyDisk.Flaw()
        (flaw.calls, flaw.broken, flaw.delay) = ([.sync], 1, .milliseconds(30))
        disk.breakDown([flaw])
        #expect(try rig.commit(.accept(.sample(1))).isCommitted)
        let measurement = try #require(rig.measurements.last ?? nil)
        #expect(measurement.commit >= .milliseconds(30))
    }

    @Test mutating func whatWasNotSyncedIsLostInAPowerCutAndKeptInAKill() throws {
        let connection = try opened()
        let synced = disk.position
        try connection.execute("PRAGMA synchronous = OFF; INSERT INTO t VALUES (7)")
        #expect(disk.position > synced)
        #expect(try rows(.everything) == 0)
        #expect(try rows(.nothing) == 1)
        try connection.execute("PRAGMA synchronous = FULL; INSERT INTO t VALUES (8)")
        #expect(try rows(.everything) == 2)
    }

    /// The kernel's memory is right, the disk is not, and the next sync does not change that.
    @Test mutating func whatAFailedSyncWasToPutOnDiskIsNotPutThereByTheNextOne() throws {
        let bytes = [UInt8](repeating: 7, count: 4096)
        var file = SectoredFile()
        file.write(bytes, at: 0, order: 1)
        file.sync(succeeded: false)
        file.write([1, 2, 3], at: 4096, order: 2)
        file.sync(succeeded: true)
        let onDisk = file.onDisk { _ in 0 }
        #expect(onDisk.count == 4099)
        #expect(onDisk[..<4096].allSatisfy { $0 == 0 } && Array(onDisk[4096...]) == [1, 2, 3])
        #expect(Array(file.cache[..<4096]) == bytes)
        #expect(Array(file.onDisk { $0.count }[..<4096]) == bytes, "or it was there all the same")
        file.write([9], at: 0, order: 3)
        file.sync(succeeded: true)
        #expect(file.onDisk { _ in 0 }[..<3] == [9, 7, 7], "what is written anew is synced anew")
    }

    @Test func aFileIsCutAndGrowsAgainWithZeros() {
        var file = SectoredFile(onDisk: [UInt8](repeating: 1, count: 1500))
        file.truncate(to: 100, order: 1)
        file.write([2], at: 600, order: 2)
        #expect(file.cache.count == 601 && file.cache[99] == 1 && file.cache[100] == 0)
        #expect(file.onDisk { _ in 0 } == [UInt8](repeating: 1, count: 1500))
        file.sync(succeeded: true)
        #expect(file.onDisk { _ in 0 } == file.cache)
    }

    private func opened() throws -> SQLiteConnection {
        let connection = try SQLiteConnection(path: path, access: .readWrite, disk.settings)
        try connection.execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a INTEGER)")
        return connection
    }

    private mutating func rows(_ loss: PowerCut.Loss) throws -> Int64? {
        var power = PowerCut(of: disk)
        power.advance(to: disk.position)
        let copy = try TemporaryFolder()
        for (name, bytes) in power.survivors(loss, &dice) {
            let target = "\(copy.path)/\(name.split(separator: "/").last ?? "")"
            // Safe: the texts live during the calls, and the array is as long as is said.
            guard let file = unsafe fopen(target, "wb") else { return nil }
            unsafe fwrite(bytes, 1, bytes.count, file)
            unsafe fclose(file)
        }
        let connection = try SQLiteConnection(path: "\(copy.path)/file", access: .readWrite)
        defer { connection.close() }
        return try connection.number("SELECT count(*) FROM t")
    }
}

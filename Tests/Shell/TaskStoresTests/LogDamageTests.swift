import Glibc
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// A log that was damaged where it had been synced is told; its torn end is what a power cut leaves.
@Suite struct LogDamageTests {
    private let rig: WriterRig
    private let frame = 24 + 4096

    init() throws {
        rig = try WriterRig()
        // Into the file with what opening wrote, so that the log begins with these commits.
        #expect(try rig.recover().isRecovered)
        for number in 1...6 { try rig.commit(.accept(.sample(number))) }
    }

    @Test(arguments: [8, 16, 23, 24, 4000])
    func aWrongByteInTheMiddleIsAFault(_ offset: Int) throws {
        let copy = try rig.folder.copyAfterKill()
        try damage(copy.log, at: 32 + frame + offset)
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: copy) }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains(copy.log) == true)
    }

    @Test(arguments: [0, 8, 16, 24, 31]) func aWrongByteInTheHeaderIsAFault(_ offset: Int) throws {
        let copy = try rig.folder.copyAfterKill()
        try damage(copy.log, at: offset)
        #expect(throws: StoreFault.self) { _ = try WriterRig(in: copy) }
    }

    @Test func aWrongByteAtTheEndTakesTheLastCommitOnly() throws {
        let copy = try rig.folder.copyAfterKill()
        let end = try #require(size(of: copy.log))
        try damage(copy.log, at: end - 100)
        #expect(try WriterRig(in: copy).state.queued.map(\.task) == (1...5).map { .sample($0) })
    }

    @Test(arguments: [0, 1, 31, 32, 100]) func aLogThatHasHardlyBegunIsNone(_ size: Int) throws {
        let copy = try rig.folder.copyAfterKill()
        shell("truncate -s \(size) '\(copy.log)'")
        _ = try WriterRig(in: copy)
    }

    @Test func aLogOfZerosIsNone() throws {
        let copy = try rig.folder.copyAfterKill()
        shell("head -c 40000 /dev/zero > '\(copy.log)'")
        _ = try WriterRig(in: copy)
    }

    /// Behind the present pages of a log that began anew lie those of the time before.
    @Test func whatALogStillHoldsOfTheTimeBeforeIsNoDamage() throws {
        var settings = SQLiteSettings()
        settings.checkpointPages = 12
        let rig = try WriterRig(settings: settings)
        for number in 1...40 {
            try rig.commit(.accept(.sample(number)))
            #expect(try rig.afterKill().state.queued.count == number)
        }
    }

    private func damage(_ path: String, at offset: Int) throws {
        // Safe: the path lives during the call, and the file is closed below.
        guard let file = unsafe fopen(path, "r+b") else { throw StoreFault(system: errno, path) }
        unsafe fseek(file, offset, SEEK_SET)
        let byte = unsafe fgetc(file)
        unsafe fseek(file, offset, SEEK_SET)
        unsafe fputc(byte ^ 1, file)
        unsafe fclose(file)
    }
}

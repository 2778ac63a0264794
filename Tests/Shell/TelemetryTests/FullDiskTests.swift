import CLinux
import Foundation
import Tasks
import Telemetry
import Testing
import UV

/// Each test has a process of its own, as the limit on the size of files is one of a whole process.
@Suite("A disk that takes no more")
struct FullDiskTests {
    @Test("What a full disk took of a line is continued to the byte, at every place it can stop")
    func continuesAtTheByte() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let events = [blocked(1), transition(2, note: "two"), blocked(3)]
            let expected = lines(events)
            for room in 0..<expected.count {
                let path = folder.file("\(room).jsonl")
                var file = try EventFile(path: path, limits: EventLogLimits(), gauge: EventLogGauge())
                file.take(events)
                limitFiles(to: room)
                let fault = drain(&file)
                try #require(fault?.description.contains(path) == true, "room \(room)")
                try #require(contents(path) == Array(expected.prefix(room)), "room \(room)")
                let sameFault = drain(&file)
                try #require(sameFault == fault, "room \(room)")
                limitFiles(to: nil)
                file.take([blocked(4)])
                let end = drain(&file)
                try #require(end == nil, "room \(room)")
                try #require(contents(path) == expected + line(blocked(4)), "room \(room)")
            }
        }
    }

    @Test("A file left in the middle of a line ends with a whole one, and the line is whole in the next file")
    func leavesAtALineEnd() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let events = [blocked(1), transition(2), blocked(3)]
            let expected = lines(events)
            for room in 0..<expected.count {
                let (path, moved) = (folder.file("\(room).jsonl"), folder.file("\(room).moved"))
                let gauge = EventLogGauge()
                var file = try EventFile(path: path, limits: EventLogLimits(), gauge: gauge)
                file.take(events)
                limitFiles(to: room)
                let failure = drain(&file)
                try #require(failure != nil)
                try folder.move(path, to: moved)
                file.leave()
                limitFiles(to: nil)
                let end = drain(&file)
                try #require(end == nil)
                try #require(contents(moved) + contents(path) == expected, "room \(room)")
                _ = sequences(in: contents(moved))
                try #require(contents(moved).last.map { $0 == UInt8(ascii: "\n") } ?? true, "room \(room)")
                try #require(gauge.health(problem: nil).writtenLines == 3)
            }
        }
    }

    @Test("A service that dies with half a line written goes on behind the last whole one")
    func diesWithHalfALine() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let events = (1...5).map { transition($0) }
            let expected = lines(events)
            for room in stride(from: 0, to: expected.count, by: 7) {
                let path = folder.file("\(room).jsonl")
                limitFiles(to: room)
                do {
                    var file = try EventFile(path: path, limits: EventLogLimits(), gauge: EventLogGauge())
                    file.take(events)
                    let failure = drain(&file)
                    try #require(failure != nil)
                }
                limitFiles(to: nil)
                var file = try EventFile(path: path, limits: EventLogLimits(), gauge: EventLogGauge())
                file.take(events)
                let end = drain(&file)
                try #require(end == nil)
                try #require(contents(path) == expected, "room \(room)")
            }
        }
    }

    @Test(
        "A full file system is reported by its name and caught up with once there is room",
        .enabled(if: SmallDisk.isPossible, "needs root and a kernel that mounts tmpfs"))
    func fullFileSystem() throws {
        let disk = try #require(try SmallDisk(kilobytes: 64))
        let path = disk.folder.file("disk/events.jsonl")
        let ballast = disk.folder.file("disk/ballast")
        var file = try EventFile(path: path, limits: EventLogLimits(), gauge: EventLogGauge())
        try disk.folder.write([UInt8](repeating: 0, count: 40 << 10), to: ballast)
        let events = (1...300).map { blocked($0) }
        file.take(events)
        let failure = drain(&file)
        let fault = try #require(failure)
        guard case .system(let reason) = fault.reason else {
            Issue.record("\(fault)")
            return
        }
        #expect(reason.name == "ENOSPC")
        #expect(lines(events).starts(with: contents(path)))
        #expect(!contents(path).isEmpty)

        try disk.folder.remove(ballast)
        let end = drain(&file)
        #expect(end == nil)
        let isComplete = contents(path) == lines(events)
        #expect(isComplete)
    }
}

private func drain(_ file: inout EventFile) -> EventLogFault? {
    do throws(EventLogFault) {
        try file.drain()
        return nil
    } catch {
        return error
    }
}

/// Lets files of this process grow to so many bytes; a write beyond takes what fits, then fails with EFBIG.
private func limitFiles(to size: Int?) {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit()
    _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = size.map { rlim_t($0) } ?? limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

/// A folder `disk` with a file system of its own that holds next to nothing.
private final class SmallDisk {
    let folder: TemporaryFolder

    static var isPossible: Bool { (try? SmallDisk(kilobytes: 64)) != nil }

    init?(kilobytes: Int) throws {
        folder = try TemporaryFolder()
        guard geteuid() == 0 else { return nil }
        try FileManager.default.createDirectory(
            atPath: folder.file("disk"), withIntermediateDirectories: false)
        let result = unsafe mount("tmpfs", folder.file("disk"), "tmpfs", 0, "size=\(kilobytes)k")
        if result != 0 { return nil }
    }

    deinit {
        unsafe umount(folder.file("disk"))
    }
}

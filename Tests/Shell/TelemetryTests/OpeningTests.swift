import Foundation
import Glibc
import Synchronization
import Tasks
import Telemetry
import Testing
import UV

@Suite("Opening the event log")
struct OpeningTests {
    let folder: TemporaryFolder
    let gauge = EventLogGauge()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ path: String) throws(EventLogFault) -> EventFile {
        try EventFile(path: path, limits: EventLogLimits(), gauge: gauge)
    }

    /// The fault of opening, or nil.
    private func refusal(_ path: String) -> EventLogFault? {
        do throws(EventLogFault) {
            _ = try open(path)
            return nil
        } catch {
            return error
        }
    }

    @Test("The file and the folders on the way to it are made")
    func makesFolders() throws {
        let path = folder.file("a/.b/c d/events.jsonl")
        var file = try open(path)
        #expect(file.lastSequence == nil)
        #expect(FileManager.default.fileExists(atPath: path))
        file.take([blocked(1)])
        try file.drain()
        #expect(contents(path) == line(blocked(1)))
    }

    @Test("A file that is there is added to")
    func appends() throws {
        try folder.write(lines([blocked(3), transition(9)]), to: folder.log)
        var file = try open(folder.log)
        #expect(file.lastSequence == 9)
        #expect(file.cutBytes == 0)
        file.take([blocked(10)])
        try file.drain()
        #expect(contents(folder.log) == lines([blocked(3), transition(9), blocked(10)]))
    }

    @Test("A directory is refused")
    func directory() throws {
        let fault = try #require(refusal(folder.path))
        #expect(fault == EventLogFault(path: folder.path, reason: .isDirectory))
        #expect(fault.description == "the event log \(folder.path) is a directory, not a file")
    }

    @Test("A path through a file is refused, naming that file", arguments: ["x.jsonl", "b/c/x.jsonl"])
    func parentIsFile(rest: String) throws {
        let parent = folder.file("parent")
        try folder.write([1], to: parent)
        let fault = try #require(refusal("\(parent)/\(rest)"))
        #expect(fault == EventLogFault(path: parent, reason: .parentIsNotDirectory))
        #expect(fault.description.contains(parent))
        #expect(contents(parent) == [1])
    }

    @Test("What is told to be in the way is never the log itself, however briefly something was in the way")
    func passingObstacle() throws {
        let parent = folder.file("parent")
        let (isOver, hasEnded) = (Flag(), DispatchSemaphore(value: 0))
        // Puts a file in the folder's place and takes away what is there, over and over.
        Thread.detachNewThread {
            while !isOver.value.load(ordering: .relaxed) {
                close(unsafe Glibc.open(parent, O_CREAT | O_WRONLY, 0o600))
                for path in [parent, "\(parent)/x.jsonl"] { unsafe unlink(path) }
                unsafe rmdir(parent)
            }
            hasEnded.signal()
        }
        defer {
            isOver.value.store(true, ordering: .relaxed)
            hasEnded.wait()
        }
        var (opened, obstructed) = (0, 0)
        let end = ContinuousClock.now.advanced(by: .seconds(20))
        while opened + obstructed < 5000 || opened * obstructed == 0, .now < end {
            guard let fault = refusal("\(parent)/x.jsonl") else {
                opened += 1
                continue
            }
            // The folder may also be gone again at once, which is said as it is.
            guard fault.reason == .parentIsNotDirectory else { continue }
            #expect(fault.path == parent)
            obstructed += 1
        }
        #expect(opened > 0 && obstructed > 0)
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    @Test("A device is refused")
    func device() {
        #expect(refusal("/dev/null") == EventLogFault(path: "/dev/null", reason: .isNotRegular))
    }

    @Test("A pipe is refused at once, without waiting for its other end")
    func pipe() {
        let path = folder.file("pipe")
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect(refusal(path) == EventLogFault(path: path, reason: .isNotRegular))
    }

    @Test(
        "A folder that must not be written in is refused with the system's reason",
        .disabled(if: geteuid() == 0, "root may write everywhere"))
    func notWritable() throws {
        let locked = folder.file("locked")
        try FileManager.default.createDirectory(
            atPath: locked, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
        let fault = try #require(refusal(locked + "/x.jsonl"))
        #expect(fault.description.contains("permission denied"))
        #expect(fault.path == locked + "/x.jsonl")
    }

    @Test("A path the system cannot have is refused with the system's reason")
    func impossibleName() throws {
        let path = folder.file(String(repeating: "n", count: 300))
        let fault = try #require(refusal(path))
        guard case .system(let reason) = fault.reason else {
            Issue.record("\(fault)")
            return
        }
        #expect(reason.code == -ENAMETOOLONG)
        #expect(fault.description.contains(path))
    }

    @Test(
        "A file of somebody else is refused and left as it is",
        arguments: [
            "root:x:0:0", "{\"name\":\"no log", "one\ntwo", "{\"timestamp\":\"x\"}\nhello", "\u{0}\u{0}x",
        ])
    func foreign(text: String) throws {
        try folder.write(Array(text.utf8), to: folder.log)
        #expect(refusal(folder.log) == EventLogFault(path: folder.log, reason: .isNotEventLog))
        #expect(contents(folder.log) == Array(text.utf8))
    }

    @Test("A huge file without a line in sight is refused and left as it is")
    func endlessLine() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "{"), count: 9 << 20)
        try folder.write(bytes, to: folder.log)
        #expect(refusal(folder.log) == EventLogFault(path: folder.log, reason: .isNotEventLog))
        #expect(contents(folder.log).count == bytes.count)
    }
}

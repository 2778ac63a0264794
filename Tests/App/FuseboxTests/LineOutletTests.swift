import CLinux
import Glibc
import Testing

@testable import fusebox

/// A blocking write to a full pipe never comes back, so what is not so ends by the time limit.
@Suite("Lines of a program that must not wait", .timeLimit(.minutes(1)))
struct LineOutletTests {
    private let (readEnd, writeEnd): (Int32, Int32)
    private let outlet: LineOutlet

    init() throws {
        var ends: [Int32] = [0, 0]
        // Safe: the array has room for the two descriptors.
        try #require(unsafe pipe2(&ends, O_CLOEXEC) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
        // One page, so that it is full soon.
        _ = fcntl(writeEnd, setPipeSize, 4096)
        outlet = LineOutlet(Descriptor(number: writeEnd))
    }

    /// What is in the pipe, which stays open.
    private func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = bytes.count
        // Safe: the call writes into the array at most as many bytes as it has.
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(readEnd, $0.baseAddress, count) }
        return String(decoding: bytes[..<max(0, got)], as: UTF8.self)
    }

    private func end() {
        close(readEnd)
        close(writeEnd)
    }

    @Test func `are dropped while nobody reads, and counted when somebody does again`() {
        defer { end() }
        let line = String(repeating: "x", count: 999)
        for _ in 0..<20 { outlet.say(line) }
        let kept = read().split(separator: "\n").count
        #expect((1..<20).contains(kept))
        outlet.say("on")
        #expect(read() == "fusebox: \(20 - kept) lines were dropped here: nobody read them\non\n")
        outlet.say("and on")
        #expect(read() == "and on\n")
    }

    @Test func `are told to be missing although it was only one`() {
        defer { end() }
        outlet.say(String(repeating: "x", count: 4095))
        outlet.say("lost")
        #expect(read().hasSuffix("x\n"))
        outlet.say("on")
        #expect(read() == "fusebox: a line was dropped here: nobody read it\non\n")
    }

    @Test(arguments: ["é", "x", "🤖", "…"])
    func `are cut to what goes at once, between two characters`(character: String) {
        defer { end() }
        for length in 4080...4110 {
            let line = String(repeating: character, count: length / character.utf8.count)
            outlet.say(line)
            let text = read()
            #expect(text == line + "\n" || text.hasSuffix("…\n") && line.hasPrefix(text.dropLast(2)))
            #expect(
                text.utf8.count <= Descriptor.bytesAtOnce && text.utf8.count > Descriptor.bytesAtOnce - 30)
        }
    }

    @Test func `are dropped without harm when the reader has gone`() {
        signal(SIGPIPE, SIG_IGN)
        close(readEnd)
        outlet.say("nobody")
        outlet.say("nobody")
        close(writeEnd)
    }
}

/// F_SETPIPE_SZ, which the headers hide from Swift.
private let setPipeSize: Int32 = 1031

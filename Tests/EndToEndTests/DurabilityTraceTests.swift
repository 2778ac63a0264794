import Drills
import Tasks
import Testing

@Suite("What the reading of a trace notices")
struct DurabilityTraceTests {
    private static let id = "0192f3a4-5b6c-7d8e-9fa0-b1c2d3e4f506"
    private static let log = "14</data/fusebox.sqlite-wal>"

    /// A page of 512 bytes with the id in the middle.
    private static let page: String = {
        let digits = Array(id.filter { $0 != "-" })
        let pairs = stride(from: 0, to: 32, by: 2).map { "\\x" + String(digits[$0...$0 + 1]) }
        return String(repeating: "\\x00", count: 100) + pairs.joined()
            + String(repeating: "\\x00", count: 512 - 116)
    }()

    private static func header(endsCommit: Bool) -> String {
        let size = endsCommit ? "\\x00\\x00\\x00\\x09" : "\\x00\\x00\\x00\\x00"
        let text = "\\x00\\x00\\x00\\x02" + size + String(repeating: "\\xff", count: 16)
        return "7 pwrite64(\(log), \"\(text)\", 24, 32) = 24"
    }

    private static let pageWrite = "7 pwrite64(\(log), \"\(page)\", 512, 56) = 512"
    private static let sync = "7 fdatasync(\(log)) = 0"
    private static let answer =
        #"5 write(25<TCP:[127.0.0.1:80->127.0.0.1:5]>, "HTTP/1.1 202 Accepted\r\n"#
        + #"Location: /api/task/\#(id)\r\n\r\n{}", 99) = 99"#
    private static let good = [header(endsCommit: true), pageWrite, sync, answer]

    private func read(_ lines: [String]) -> DurabilityTrace { DurabilityTrace(lines.map { Array($0.utf8) }) }

    @Test("nothing, when write, sync and answer follow each other")
    func clean() {
        let trace = read(Self.good)
        #expect(trace.violations.isEmpty && trace.answers == 1 && trace.syncs == 1)
        #expect(TaskID(Self.id).flatMap { trace.places[$0]?.sync } == 2)
    }

    @Test("nothing, when the calls of several threads are interleaved in the right order")
    func interleaved() {
        let trace = read([
            Self.header(endsCommit: true), Self.pageWrite, "7 fdatasync(\(Self.log) <unfinished ...>",
            #"5 write(8<pipe:[1]>, "*", 1) = 1"#, "7 <... fdatasync resumed>) = 0", Self.answer,
        ])
        #expect(trace.violations.isEmpty && trace.answers == 1 && trace.syncs == 1)
    }

    @Test("an answer before the sync, and one while it is under way")
    func early() {
        #expect(read([Self.good[0], Self.good[1], Self.answer, Self.sync]).violations.count == 1)
        let during = [
            Self.good[0], Self.good[1], "7 fdatasync(\(Self.log) <unfinished ...>", Self.answer,
            "7 <... fdatasync resumed>) = 0",
        ]
        #expect(read(during).violations.count == 1)
    }

    @Test("an answer after a sync that failed, or that began before the page was written")
    func uselessSync() {
        let failed = Self.sync.replacing("= 0", with: "= -1 EIO (Input/output error)")
        #expect(read([Self.good[0], Self.good[1], failed, Self.answer]).violations.count == 1)
        let begunBefore = [
            "9 fdatasync(\(Self.log) <unfinished ...>", Self.good[0], Self.good[1],
            "9 <... fdatasync resumed>) = 0", Self.answer,
        ]
        #expect(read(begunBefore).violations.count == 1)
        let ofAnotherFile = Self.sync.replacing("-wal", with: "")
        #expect(read([Self.good[0], Self.good[1], ofAnotherFile, Self.answer]).violations.count == 1)
    }

    @Test("an answer to a page that no commit ended, or that was not written whole, or not at all")
    func noCommit() {
        let open = [Self.header(endsCommit: false), Self.pageWrite, Self.sync, Self.answer]
        #expect(read(open).violations.count == 1)
        let short = Self.pageWrite.replacing("= 512", with: "= 100")
        #expect(read([Self.good[0], short, Self.sync, Self.answer]).violations.count == 1)
        #expect(read([Self.sync, Self.answer]).violations.count == 1)
    }

    @Test("each answer of several in one write, and one without a task")
    func several() {
        let twice = Self.answer.replacing("{}\"", with: "{}HTTP/1.1 202 Accepted\\r\\n\\r\\n\"")
        let trace = read([Self.good[0], Self.good[1], Self.sync, twice])
        #expect(trace.answers == 1 && trace.violations.count == 1)
        #expect(read([twice]).violations.count == 2)
    }

    @Test("a text that strace did not show whole")
    func cut() {
        let cut = Self.answer.replacing("{}\"", with: "{}\"...")
        #expect(read([Self.good[0], Self.good[1], Self.sync, cut]).violations.count == 1)
    }
}

import Glibc
import JSON
import ServiceDriving
import Testing
import UV

/// What a child has said and how it ended.
private final class Seen {
    var output = ""
    var errors = ""
    var exit: UV.ExitStatus?
}

/// `fusebox tail` as a child process.
private final class Tail {
    private let seen = Seen()
    private let service: RunningService
    private let child: ChildProcess

    init(_ arguments: [String], at service: RunningService) throws {
        self.service = service
        child = try ChildProcess.spawn(
            on: service.loop,
            ChildSpecification(
                arguments: [BuiltExecutable.path, "tail", "--server", service.url] + arguments,
                environment: BuiltExecutable.environment())
        ) { [seen, loop = service.loop] status in
            seen.exit = status
            loop.stop()
        }
        child.standardOutput.onRead = { [seen] in seen.output += Self.text($0) }
        child.standardError.onRead = { [seen] in seen.errors += Self.text($0) }
        for stream in [child.standardOutput, child.standardError] { stream.startReading() }
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }

    var output: String { seen.output }
    var errors: String { seen.errors }

    var lines: [JSONValue] {
        output.split(separator: "\n").map { (try? JSONValue(parsing: String($0))) ?? .null }
    }

    func waitForExit() -> UV.ExitStatus? {
        while seen.exit == nil { service.loop.run() }
        // What it said last may still be in the pipe.
        for _ in 0..<2 {
            service.loop.later { [loop = service.loop] in loop.stop() }
            service.loop.run()
        }
        return seen.exit
    }

    func stopReading() { child.standardOutput.close() }

    deinit {
        child.signalGroup(SIGKILL)
        while seen.exit == nil { service.loop.run() }
        child.close()
    }
}

@Suite("The command tail", .serialized)
struct TailTests {
    private func restarted(_ service: RunningService) throws -> RunningService {
        let port = service.url.split(separator: ":").last ?? ""
        let listen = ["/bin/sh", "-c", "exec \"$@\" --listen 127.0.0.1:\(port)", "sh"]
        return try RunningService(in: service.folder, under: listen)
    }

    @Test("It prints the lines of the event log as they come, and goes on behind them after a restart")
    func restart() throws {
        let first = try RunningService()
        let tail = try Tail(["--after", "0"], at: first)
        try first.wait(for: "the first lines") { tail.lines.count == 3 }
        for _ in 0..<5 { _ = try first.task("BOT-001", "fail") }
        try first.wait(for: "the transition") { tail.lines.count >= 4 }
        first.signal(SIGTERM)
        #expect(first.waitForExit() == .exited(0))
        let next = try restarted(first)
        #expect(next.url == first.url)
        let path = "\(next.dataDirectory)/.deia/bot-logs/circuit-breaker.jsonl"
        _ = try next.task("BOT-002", "echo")
        var log = ""
        try next.wait(for: "the log") {
            log = try Run.toEnd(["/bin/cat", path]).output
            first.loop.later { first.loop.stop() }
            first.loop.run()
            return log.contains("service_started") && tail.output.count >= log.count
        }
        #expect(tail.output == log, "each line once, and all of them")
        #expect(tail.lines.count >= 10 && tail.errors.isEmpty)
    }

    @Test("It ends with 4 when the server stays away, with 4 when there never was one, and 1 when it refuses")
    func endings() throws {
        let service = try RunningService()
        let unknown = try Tail(["nobody"], at: service)
        #expect(unknown.waitForExit() == .exited(1) && unknown.errors.contains("There is no bot nobody."))
        let tail = try Tail(["BOT-001", "--after", "0", "--reconnect", "100ms"], at: service)
        try service.wait(for: "its line") { tail.lines.count == 1 }
        #expect(tail.lines[0]["event"] == "bot_started" && tail.lines[0]["bot_id"] == "BOT-001")
        service.signal(SIGKILL)
        service.waitForExit()
        #expect(tail.waitForExit() == .exited(4) && tail.errors.contains("cannot reach the server"))
        let late = try Run.toEnd([BuiltExecutable.path, "tail", "--server", service.url])
        #expect(late.code == 4 && late.output.isEmpty && late.errors.contains("cannot reach the server"))
        for arguments in [["--reconnect", "0s"], ["--after", "-1"], ["a", "b"]] {
            #expect(try Run.toEnd([BuiltExecutable.path, "tail"] + arguments).code == 2, "\(arguments)")
        }
    }

    @Test("It ends with 0 when nobody reads it any more")
    func closedOutput() throws {
        let service = try RunningService()
        let tail = try Tail(["--after", "0"], at: service)
        try service.wait(for: "the first lines") { tail.lines.count == 3 }
        tail.stopReading()
        for _ in 0..<5 { _ = try service.task("BOT-001", "fail") }
        #expect(tail.waitForExit() == .exited(0))
    }
}

import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("fusebox backup", .serialized) struct BackupTests {
    private func backup(_ arguments: String...) throws -> Run {
        try Run.toEnd([BuiltExecutable.path, "backup"] + arguments)
    }

    private func ids(_ answer: ServiceAnswer) -> [String] {
        (answer.json["results"]?.arrayValue ?? []).compactMap { $0["task_id"]?.stringValue }
    }

    /// Tasks that wait, because nothing runs while the circuit is open and they are held.
    private let configuration = """
        [bots.BOT-001]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        on_open = "hold"
        queue_limit = 100000

        """

    /// A service on what was copied.
    private func service(on copy: String) throws -> RunningService {
        let folder = try TemporaryFolder()
        let data = "\(folder.path)/data"
        let made = try Run.toEnd(
            ["/bin/sh", "-c", "mkdir \"$0\" && cp \"$1\" \"$0/fusebox.sqlite\"", data, copy])
        #expect(made.code == 0)
        return try RunningService(configuration, in: folder)
    }

    @Test("replaces files, and nothing else")
    func noFile() throws {
        let service = try RunningService(configuration)
        let pipe = "\(service.folder.path)/pipe"
        #expect(try Run.toEnd(["/usr/bin/mkfifo", pipe]).code == 0)
        let run = try backup(pipe, "--data", service.dataDirectory, "--force")
        #expect(run.code == 2 && run.errors.contains("is there, and is no file"))
        #expect(try Run.toEnd(["/usr/bin/test", "-p", pipe]).code == 0)
    }

    @Test("while tasks come in: holds all that were accepted before it began, and no half commit")
    func whileTasksComeIn() throws {
        let first = try RunningService(configuration)
        _ = try first.send(.post, "/api/bot/BOT-001/circuit/force-open", "{}")
        let body = "[" + (0..<10).map { "{\"command\":\"echo \($0)\"}" }.joined(separator: ",") + "]"
        func submit() throws -> [String] {
            let answer = try first.send(.post, "/api/bot/BOT-001/tasks", body)
            #expect(answer.status == 202, "\(answer.json)")
            return ids(answer)
        }
        var before: [[String]] = []
        for _ in 0..<200 { before.append(try submit()) }
        #expect(before.allSatisfy { $0.count == 10 })
        let copy = "\(first.folder.path)/copy.sqlite"
        var end: UV.ExitStatus?
        let child = try ChildProcess.spawn(
            on: first.loop,
            ChildSpecification(
                arguments: [BuiltExecutable.path, "backup", copy, "--data", first.dataDirectory],
                environment: BuiltExecutable.environment())
        ) { end = $0 }
        var during: [[String]] = []
        while end == nil { during.append(try submit()) }
        child.close()
        #expect(end == .exited(0) && !during.isEmpty)
        let second = try service(on: copy)
        var kept = 0
        for batch in before + during {
            let codes = try Set(batch.map { try second.exchange(.get, "/api/task/\($0)").status.code })
            #expect(codes.count == 1, "a commit is there whole or not at all")
            kept += codes == [200] ? 1 : 0
        }
        #expect(kept >= before.count && kept <= before.count + during.count)
        let queued = try second.send(.get, "/api/bot/BOT-001/status").json["queued"]?.int64Value
        #expect(queued == Int64(kept * 10))
        let first0 = try first.exchange(.get, "/api/task/\(before[0][0])").status.code
        #expect(first0 == 200, "the service goes on")
    }

    @Test("of a service that was killed, and of one that was stopped")
    func ofStoppedServices() throws {
        let first = try RunningService()
        let task = try first.task("BOT-001", "echo one").text("task_id") ?? ""
        first.signal(SIGKILL)
        first.waitForExit()
        let path = first.folder.path
        let killed = try backup("\(path)/killed.sqlite", "--config", "\(path)/fusebox.toml")
        #expect(killed.code == 0 && killed.errors.isEmpty)
        #expect(killed.output.hasPrefix("\(path)/killed.sqlite: "))
        #expect(killed.output.hasSuffix(" bytes, 1 task\n"))
        let next = try RunningService(in: first.folder)
        next.signal(SIGTERM)
        next.waitForExit()
        #expect(try backup("\(path)/stopped.sqlite", "--data", next.dataDirectory).code == 0)
        for name in ["killed", "stopped"] {
            let copy = try service(on: "\(path)/\(name).sqlite")
            #expect(try copy.send(.get, "/api/task/\(task)").text("output") == "one\n")
        }
        let left = try Run.toEnd(["/bin/ls", path]).output
        #expect(!left.contains("partial"), "\(left)")
    }

    @Test("refuses to overwrite, to copy nothing and to write among the data, with exit code 2")
    func refusals() throws {
        let service = try RunningService()
        let (path, data) = (service.folder.path, service.dataDirectory)
        try service.folder.write("precious", to: "there")
        let overwriting = try backup("\(path)/there", "--data", data)
        #expect(overwriting.code == 2 && overwriting.errors.contains("\(path)/there is there already"))
        #expect(try service.folder.text(of: "there") == "precious")
        #expect(try backup("\(path)/there", "--data", data, "--force").code == 0)
        #expect(try service.folder.text(of: "there").hasPrefix("SQLite format 3"))
        for arguments in [
            ["\(path)/new", "--data", "\(path)/nothing"], ["\(data)/copy", "--data", data],
            ["\(data)/fusebox.sqlite", "--data", data, "--force"], ["\(path)/no/copy", "--data", data],
            [path, "--data", data, "--force"], ["", "--data", data],
            ["\(path)/new", "--config", "\(path)/none.toml"],
        ] {
            let run = try Run.toEnd([BuiltExecutable.path, "backup"] + arguments)
            #expect(run.code == 2 && !run.errors.isEmpty, "\(arguments): \(run.errors)")
        }
        #expect(try service.task("BOT-001", "echo still").text("status") == "succeeded")
    }

    @Test("fails with exit code 1 on data that is damaged, and leaves no copy")
    func damaged() throws {
        let service = try RunningService()
        for number in 1...50 { _ = try service.task("BOT-001", "echo precious-\(number)") }
        service.signal(SIGTERM)
        service.waitForExit()
        let script = "LC_ALL=C sed -i s/precious-30/precious-03/g \"$0/fusebox.sqlite\""
        #expect(try Run.toEnd(["/bin/sh", "-c", script, service.dataDirectory]).code == 0)
        let copy = try backup("\(service.folder.path)/copy", "--data", service.dataDirectory)
        #expect(copy.code == 1 && copy.errors.contains("is not as it was written"), "\(copy.errors)")
        #expect(try !Run.toEnd(["/bin/ls", service.folder.path]).output.contains("copy"))
    }
}

import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("What runs when the service is killed", .serialized)
struct LeftoverTests {
    /// Each tree tells the numbers of its processes in a file, a line for each, and then sleeps.
    private static func bots(_ folder: TemporaryFolder) throws -> String {
        try folder.write("echo $$ >> \(folder.path)/pids\nexec /bin/sleep 600\n", to: "tell")
        let tell = "/bin/sh \(folder.path)/tell"
        let quiet = "</dev/null >/dev/null 2>&1"
        let trees = [
            ("family", "\(tell) & \(tell) & exec \(tell)"),
            ("daemon", "setsid \(tell) \(quiet) & exec \(tell)"),
            ("stray", "(setsid /bin/sh -c '\(tell) & exec \(tell)' \(quiet) &) & exec \(tell)"),
            ("clean", "exec env -i /bin/sh -c '\(tell) & /usr/bin/setsid \(tell) & exec \(tell)'"),
        ]
        return "drain_timeout = \"10ms\"\n"
            + trees.map { name, script in
                """
                [bots.\(name)]
                stdin = "none"
                command = ["/bin/sh", "-c", "\(script)"]
                max_attempts = 2
                retry_backoff = "1h"
                retry_backoff_max = "1h"

                """
            }.joined()
    }

    private static let processes = 3 + 2 + 3 + 3

    private static func isRunning(_ pid: Int32) -> Bool {
        guard let stat = ProcessTable.text("stat", of: pid, atMost: 4096) else { return false }
        return !String(decoding: stat, as: UTF8.self).contains(") Z ")
    }

    private func pids(_ folder: TemporaryFolder) -> [Int32] {
        ((try? folder.text(of: "pids")) ?? "").split(separator: "\n").compactMap { Int32($0) }
    }

    private func mark(_ service: RunningService) throws -> String {
        let text = try Run.toEnd(["/bin/cat", "\(service.dataDirectory)/service"]).output
        return String(try #require(text.split(separator: " ").dropFirst().first))
    }

    private func sleeper(_ environment: String...) throws -> (loop: Loop, child: ChildProcess) {
        let loop = try Loop()
        let specification = ChildSpecification(
            arguments: ["/bin/sleep", "600"], environment: environment, standardInput: false)
        return (loop, try ChildProcess.spawn(on: loop, specification) { _ in })
    }

    private func end(_ sleeper: (loop: Loop, child: ChildProcess)) {
        sleeper.child.signalGroup(SIGKILL)
        while sleeper.child.exitStatus == nil { sleeper.loop.run() }
        sleeper.child.close()
        sleeper.loop.close()
    }

    @Test("whole trees are gone before the next one is ready, and their tasks are settled")
    func trees() throws {
        let folder = try TemporaryFolder()
        let first = try RunningService(Self.bots(folder), in: folder)
        var tasks: [String] = []
        for bot in ["family", "daemon", "stray", "clean"] {
            let body = "{\"command\":\"go\",\"max_attempts\":1}"
            tasks.append(try first.send(.post, "/api/bot/\(bot)/task", body).text("task_id") ?? "")
        }
        try first.wait(for: "the trees to stand") { pids(folder).count == Self.processes }
        first.signal(SIGKILL)
        first.waitForExit()
        let trees = pids(folder)
        #expect(trees.allSatisfy(Self.isRunning), "they outlive the service that was killed")
        let next = try RunningService(Self.bots(folder), in: folder)
        #expect(trees.filter(Self.isRunning) == [])
        // Shells between them count, too.
        #expect(next.errors.contains(" processes that an earlier run left behind ended\n"), "\(next.errors)")
        for task in tasks {
            let lost = try next.send(.get, "/api/task/\(task)")
            #expect(lost.json["status"] == "failed" && lost.json["outcome"]?["class"] == "lost")
        }
        next.signal(SIGTERM)
        #expect(next.waitForExit() == .exited(0))
    }

    @Test("a task that may be tried again is, and the processes of its first attempt are gone")
    func retried() throws {
        let folder = try TemporaryFolder()
        let bots = try Self.bots(folder).replacing("1h", with: "10ms")
        let first = try RunningService(bots, in: folder)
        let body = "{\"command\":\"go\",\"max_attempts\":2}"
        let task = try first.send(.post, "/api/bot/family/task", body).text("task_id") ?? ""
        try first.wait(for: "the tree to stand") { pids(folder).count == 3 }
        first.signal(SIGKILL)
        first.waitForExit()
        let next = try RunningService(bots, in: folder)
        #expect(pids(folder).prefix(3).allSatisfy { !Self.isRunning($0) })
        try next.wait(for: "the second attempt") { pids(folder).count == 6 }
        let shown = try next.send(.get, "/api/task/\(task)").json
        #expect(shown["status"] == "running" && shown["attempts"]?.int64Value == 2)
        next.signal(SIGTERM)
        next.waitForExit()
        #expect(pids(folder).filter(Self.isRunning) == [])
    }

    @Test("only what carries the mark of this data directory is ended, from outside or from within")
    func similar() throws {
        let folder = try TemporaryFolder()
        let first = try RunningService(in: folder)
        let mark = try mark(first)
        first.signal(SIGKILL)
        first.waitForExit()
        let other = String(repeating: "0", count: 32)
        let untouched = try [
            sleeper("FUSEBOX_SERVICE=\(other)"), sleeper("FUSEBOX_SERVICE=\(mark)0"),
            sleeper("MY_FUSEBOX_SERVICE=\(mark)"), sleeper("FUSEBOX_TASK_ID=\(mark)"), sleeper(),
        ]
        let inner = try sleeper("FUSEBOX_SERVICE=\(mark):\(other)")
        defer { for sleeper in untouched + [inner] { end(sleeper) } }
        let next = try RunningService(in: folder)
        #expect(try self.mark(next) == mark, "it is made once")
        #expect(!Self.isRunning(inner.child.pid))
        #expect(untouched.allSatisfy { Self.isRunning($0.child.pid) })
        #expect(next.errors.contains("1 process that an earlier run left behind ended\n"))
    }

    @Test("a copied data directory has a mark of its own, and lets the processes of the first one be")
    func copied() throws {
        let folder = try TemporaryFolder()
        let first = try RunningService(Self.bots(folder), in: folder)
        _ = try first.send(.post, "/api/bot/clean/task", "{\"command\":\"go\"}")
        try first.wait(for: "the tree to stand") { pids(folder).count == 3 }
        let copy = "\(folder.path)/copy"
        _ = try Run.toEnd(["/bin/cp", "-a", first.dataDirectory, copy])
        let second = try RunningService(Self.bots(folder), in: folder, dataDirectory: copy)
        #expect(try mark(second) != mark(first))
        #expect(pids(folder).prefix(3).allSatisfy(Self.isRunning))
        for service in [second, first] {
            service.signal(SIGTERM)
            service.waitForExit()
        }
        for pid in pids(folder) { kill(pid, SIGKILL) }
    }
}

import CLinux
import HTTPWire
import ServiceDriving
import Testing
import UV

@Suite("Files that are removed under a running service", .serialized)
struct RemovedFilesTests {
    private func submit(_ service: RunningService) throws -> ServiceAnswer {
        try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo\"}")
    }

    private func shell(_ command: String, in directory: String) throws {
        let run = try Run.toEnd(["/bin/sh", "-ec", command], directory: directory)
        #expect(run.code == 0, "\(run.errors)")
    }

    @Test(
        "are noticed before the next task is taken, and written anew with all that was",
        arguments: ["rm fusebox.sqlite", "rm fusebox.sqlite-wal", "rm fusebox.sqlite*"])
    func removed(command: String) throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(in: folder)
        var taken = [try submit(service)]
        try shell(command, in: service.dataDirectory)
        let refused = try submit(service)
        #expect(refused.status == 503 && refused.text("type") == "storage")
        #expect(refused.text("detail")?.contains("was removed") == true)
        try service.wait(for: "the new file") { try service.send(.get, "/readyz").status == 200 }
        taken.append(try submit(service))
        service.signal(SIGKILL)
        service.waitForExit()
        let next = try RunningService(in: folder)
        for task in taken {
            #expect(task.status == 202)
            #expect(try next.send(.get, "/api/task/\(task.text("task_id") ?? "")").status == 200)
        }
    }

    @Test("are written anew once their directory is there again")
    func directory() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(in: folder)
        let task = try submit(service)
        try shell("mv data data.away", in: folder.path)
        #expect(try submit(service).status == 503)
        try service.wait(for: "a try to recover that fails") {
            try service.send(.get, "/readyz").text("storage")?.contains("was removed") == false
        }
        try shell("mkdir data", in: folder.path)
        try service.wait(for: "the new file") { try service.send(.get, "/readyz").status == 200 }
        service.signal(SIGKILL)
        service.waitForExit()
        let next = try RunningService(in: folder)
        #expect(try next.send(.get, "/api/task/\(task.text("task_id") ?? "")").status == 200)
    }

    @Test("are not written over another file that was put in their place")
    func replaced() throws {
        let service = try RunningService()
        _ = try submit(service)
        try shell("echo mine > new && mv new fusebox.sqlite", in: service.dataDirectory)
        let refused = try submit(service)
        #expect(refused.text("detail")?.contains("is not the file that was opened") == true)
        try service.wait(for: "a try to recover") {
            try service.send(.get, "/readyz").text("storage")?.contains("move it away") == true
        }
        try shell("grep -q mine fusebox.sqlite && mv fusebox.sqlite theirs", in: service.dataDirectory)
        try service.wait(for: "the new file") { try service.send(.get, "/readyz").status == 200 }
        #expect(try submit(service).status == 202)
    }
}

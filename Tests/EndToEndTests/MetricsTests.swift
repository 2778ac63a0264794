import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("Metrics, scraped from the built service", .serialized)
struct MetricsTests {
    private static let longOpen = RunningService.bots.replacing("300ms", with: "60s")

    @Test("say exactly what happened: successes, failures, refusals, requests")
    func exactCounts() throws {
        let service = try RunningService(Self.longOpen)
        for _ in 0..<3 { #expect(try service.task("BOT-001", "echo a").status == 200) }
        for _ in 0..<5 { _ = try service.task("BOT-001", "fail 3") }
        for _ in 0..<2 { #expect(try service.task("BOT-001", "echo no").status == 503) }
        _ = try service.task("BOT-002", "crash")
        #expect(try service.task("NOBODY", "echo").status == 404)
        #expect(try service.send(.post, "/api/bot/BOT-002/task", "{").status == 400)
        #expect(try service.send(.get, "/nowhere").status == 404)
        let scrape = try service.scrape()
        checkTasks(scrape)
        checkCircuits(scrape)
        let requests = "fusebox_http_requests_total"
        #expect(scrape["\(requests){route=\"/api/bot/{bot}/task\",code=\"200\"}"] == 9)
        #expect(scrape["\(requests){route=\"/api/bot/{bot}/task\",code=\"503\"}"] == 2)
        #expect(scrape["\(requests){route=\"/api/bot/{bot}/task\",code=\"404\"}"] == 1)
        #expect(scrape["\(requests){route=\"/api/bot/{bot}/task\",code=\"400\"}"] == 1)
        #expect(scrape["\(requests){route=\"other\",code=\"404\"}"] == 1)
        #expect(scrape.sum(requests) == 14)
        #expect(scrape["fusebox_http_connections_accepted_total"] == 15)
        let second = try service.scrape()
        #expect(second["\(requests){route=\"/metrics\",code=\"200\"}"] == 1 && second.sum(requests) == 15)
    }

    private func checkTasks(_ scrape: Scrape) {
        #expect(scrape["fusebox_tasks_accepted_total{bot=\"BOT-001\"}"] == 8)
        #expect(scrape["fusebox_tasks_accepted_total{bot=\"BOT-002\"}"] == 1)
        #expect(scrape["fusebox_tasks_ended_total{bot=\"BOT-001\",class=\"ok\"}"] == 3)
        #expect(scrape["fusebox_tasks_ended_total{bot=\"BOT-001\",class=\"failed\"}"] == 5)
        #expect(scrape["fusebox_tasks_ended_total{bot=\"BOT-002\",class=\"crashed\"}"] == 1)
        #expect(scrape.sum("fusebox_tasks_ended_total") == 9)
        let refused = "fusebox_tasks_rejected_total{bot=\"BOT-001\",reason=\"circuit_open\"}"
        #expect(scrape[refused] == 2 && scrape.sum("fusebox_tasks_rejected_total") == 2)
        #expect(scrape.sum("fusebox_tasks_queued") == 0 && scrape.sum("fusebox_tasks_running") == 0)
    }

    private func checkCircuits(_ scrape: Scrape) {
        #expect(scrape["fusebox_circuit_state{bot=\"BOT-001\",state=\"open\"}"] == 1)
        #expect(scrape.sum("fusebox_circuit_state{bot=\"BOT-001\"") == 1)
        #expect(scrape["fusebox_circuit_state{bot=\"BOT-002\",state=\"closed\"}"] == 1)
        let opened = "fusebox_circuit_transitions_total{bot=\"BOT-001\",from=\"closed\",to=\"open\"}"
        #expect(scrape[opened] == 1 && scrape.sum("fusebox_circuit_transitions_total") == 1)
        let until = scrape["fusebox_circuit_open_until_timestamp_seconds{bot=\"BOT-001\"}"] ?? 0
        let start = scrape["process_start_time_seconds"] ?? .infinity
        #expect(until > start + 59 && until < start + 600)
        #expect(scrape["fusebox_circuit_open_until_timestamp_seconds{bot=\"BOT-002\"}"] == nil)
    }

    @Test("of the store: as many durations as commits, and each change in one batch")
    func store() throws {
        let service = try RunningService()
        _ = try service.task("BOT-001", "echo a")
        let before = try service.scrape()
        _ = try service.task("BOT-001", "echo b")
        let after = try service.scrape()
        func rise(_ name: String) -> Double { (after[name] ?? -1) - (before[name] ?? 0) }
        let commits = rise("fusebox_store_commit_duration_seconds_count")
        // One for the task and its attempt, one for its end.
        #expect(commits == 2)
        #expect(rise("fusebox_store_batch_duration_seconds_count") == commits)
        #expect(rise("fusebox_store_batch_writes_count") == commits)
        // The circuit is written with the end.
        #expect(rise("fusebox_store_batch_writes_sum") == 4)
        #expect(rise("fusebox_store_fsync_duration_seconds_count") == commits)
        #expect(rise("fusebox_store_fsync_duration_seconds_sum") > 0)
        #expect(
            rise("fusebox_store_commit_duration_seconds_sum")
                > rise("fusebox_store_fsync_duration_seconds_sum"))
        #expect(
            rise("fusebox_store_batch_duration_seconds_sum")
                >= rise("fusebox_store_commit_duration_seconds_sum"))
        #expect(after["fusebox_store_failures_total"] == 0)
    }

    @Test("of the moment: what waits, what runs, what was cancelled, and a result that came too late")
    func moments() throws {
        let service = try RunningService(
            Self.longOpen.replacing("demo-bot\"]", with: "demo-bot\"]\nqueue_limit = 1"))
        let running = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 60\"}")
        while try service.scrape()["fusebox_tasks_running{bot=\"BOT-001\"}"] != 1 {}
        let queued = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo\"}")
        #expect(queued.status == 202)
        #expect(try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo\"}").status == 429)
        var scrape = try service.scrape()
        #expect(scrape["fusebox_tasks_queued{bot=\"BOT-001\"}"] == 1)
        #expect(scrape["fusebox_tasks_rejected_total{bot=\"BOT-001\",reason=\"queue_full\"}"] == 1)
        #expect(scrape.sum("fusebox_tasks_ended_total") == 0)
        _ = try service.send(.post, "/api/bot/BOT-001/circuit/open")
        for task in [queued, running] {
            let path = "/api/task/\(task.text("task_id") ?? "")"
            _ = try service.send(.post, "\(path)/cancel")
            while try service.send(.get, path).json["success"] == .null {}
        }
        scrape = try service.scrape()
        #expect(scrape["fusebox_tasks_ended_total{bot=\"BOT-001\",class=\"cancelled\"}"] == 2)
        #expect(scrape.sum("fusebox_tasks_queued") == 0 && scrape.sum("fusebox_tasks_running") == 0)
        #expect(scrape["fusebox_circuit_late_results_total{bot=\"BOT-001\"}"] == 1)
    }

    @Test("that count never fall, not even when a circuit is reset by hand")
    func neverFall() throws {
        let service = try RunningService()
        var last = try service.scrape()
        func check(_ step: String) throws {
            let next = try service.scrape()
            #expect(last.rising.isSubset(of: next.rising), "after \(step)")
            for name in last.rising {
                #expect(next[name] ?? -1 >= last[name] ?? 0, "\(name) fell after \(step)")
            }
            last = next
        }
        for _ in 0..<5 { _ = try service.task("BOT-001", "fail") }
        try check("failures")
        _ = try service.task("BOT-001", "echo")
        try service.waitForCircuit("BOT-001", "Half-Open")
        try check("half-open")
        for _ in 0..<2 { _ = try service.task("BOT-001", "echo") }
        try check("closing")
        for verb in ["open", "reset", "close"] {
            #expect(try service.send(.post, "/api/bot/BOT-001/circuit/\(verb)").status == 200)
            try check(verb)
        }
        #expect(try service.task("BOT-002", String(repeating: "x", count: 2 << 20)).status == 413)
        try check("a request that is too large")
        let ways = "fusebox_circuit_transitions_total{bot=\"BOT-001\","
        #expect(last["\(ways)from=\"open\",to=\"half_open\"}"] == 1)
        #expect(last["\(ways)from=\"half_open\",to=\"closed\"}"] == 1)
        #expect(last["\(ways)from=\"closed\",to=\"open\"}"] == 2)
        #expect(last["\(ways)from=\"open\",to=\"closed\"}"] == 1)
    }

    @Test("start again with the service, which counts what it found interrupted as lost")
    func restart() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(in: folder)
        _ = try service.task("BOT-002", "echo")
        let running = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 60\"}")
        let path = "/api/task/\(running.text("task_id") ?? "")"
        while try service.send(.get, path).json["started_at"] == .null {}
        service.signal(SIGKILL)
        service.waitForExit()
        let scrape = try RunningService(in: folder).scrape()
        #expect(scrape["fusebox_tasks_ended_total{bot=\"BOT-001\",class=\"lost\"}"] == 1)
        #expect(scrape.sum("fusebox_tasks_ended_total") == 1)
        #expect(scrape.sum("fusebox_tasks_accepted_total") == 0)
    }

    @Test("of the process and the version are there, under the names that all programs give them")
    func process() throws {
        let scrape = try RunningService().scrape()
        #expect(scrape.sum("fusebox_build_info{version=\"") == 1)
        #expect(scrape["process_resident_memory_bytes"] ?? 0 > 1_048_576)
        #expect(scrape["process_open_fds"] ?? 0 > 3)
        #expect(scrape["process_max_fds"] ?? 0 >= scrape["process_open_fds"] ?? .infinity)
        #expect(scrape["process_cpu_seconds_total"] ?? 0 > 0)
        #expect(scrape["fusebox_http_connections_open"] == 1)
    }

    @Test("are read and nothing else: GET and HEAD, without parameters, at one address")
    func onlyRead() throws {
        let service = try RunningService()
        let posted = try service.send(.post, "/metrics")
        #expect(posted.status == 405 && posted.response.value(named: "Allow") == "GET")
        #expect(try service.send(.get, "/metrics?bot=BOT-001").status == 422)
        #expect(try service.send(.get, "/metrics/all").status == 404)
        let head = try service.exchange(.head, "/metrics")
        #expect(head.status == .ok && head.body.isEmpty)
        let requests = "fusebox_http_requests_total{route=\"/metrics\","
        let scrape = try service.scrape()
        #expect(scrape["\(requests)code=\"405\"}"] == 1 && scrape["\(requests)code=\"422\"}"] == 1)
        #expect(scrape["\(requests)code=\"200\"}"] == 1)
    }

    // promtool comes with Debian's package prometheus.
    @Test(
        "promtool, Prometheus' own checker, finds nothing wrong and nothing to improve",
        .enabled(if: promtool != nil, "promtool is not installed: apt-get install prometheus"))
    func promtoolAgrees() throws {
        let service = try RunningService()
        for _ in 0..<5 { _ = try service.task("BOT-001", "fail") }
        _ = try service.task("BOT-002", "echo")
        let checker = try #require(promtool)
        let verdict = try Run.toEnd([checker, "check", "metrics"], input: service.scrape().text)
        #expect(verdict.code == 0 && verdict.output.isEmpty && verdict.errors.isEmpty, "\(verdict)")
        // It does find what is wrong.
        let wrong = try Run.toEnd([checker, "check", "metrics"], input: "# TYPE a_total gauge\na_total 1\n")
        #expect(wrong.code != 0)
    }
}

/// Where promtool is, by PATH; nil when it is not installed.
private let promtool: String? = {
    // Safe: nobody changes the environment while the tests run, and the text is copied.
    guard let path = unsafe getenv("PATH").map({ unsafe String(cString: $0) }) else { return nil }
    // Safe: the path is a NUL-ended text for the time of the call.
    return path.split(separator: ":").map { "\($0)/promtool" }.first { unsafe access($0, X_OK) == 0 }
}()

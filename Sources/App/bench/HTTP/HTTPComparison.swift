import UV

/// The service and the canned server, side by side, asked the same by the same clients.
struct HTTPComparison {
    /// One kind of request.
    struct Subject {
        let name: String
        let question: Load.Question
        /// More threads than the loop take part.
        var usesThreads = false

        static let all = [
            Subject(name: "GET circuit-status", question: .get("/api/bot/PLAIN/circuit-status")),
            Subject(
                name: "GET circuit-status, 10 transitions", question: .get("/api/bot/MOVED/circuit-status")),
            Subject(
                name: "POST task, circuit open: 503", question: .task(for: "REFUSED", status: 503)),
            Subject(
                name: "POST task, on disk: 202", question: .task(for: "QUEUE", status: 202), usesThreads: true
            ),
        ]
    }

    /// What one side took, round by round.
    struct Side {
        var microseconds: [Double] = []
        var loopMicroseconds: [Double] = []
        var perSecond: [Double] = []
    }

    struct Costs {
        let answerBytes: Int
        var fusebox = Side()
        var canned = Side()
    }

    private let workplace: Workplace
    private let clients: Int
    private let service: Service
    private let cannedProgram: String

    static func start(in workplace: Workplace, clients: Int) throws(BenchFault) -> HTTPComparison {
        let canned = try Peer.build(
            "canned-http", into: workplace.directory, libraries: ["libuv"], on: workplace.loop)
        let service = try Service.start(in: workplace, name: "fusebox")
        let comparison = HTTPComparison(
            workplace: workplace, clients: clients, service: service, cannedProgram: canned)
        do throws(BenchFault) {
            try comparison.moveCircuits()
        } catch {
            service.stop()
            throw error
        }
        return comparison
    }

    func stop() { service.stop() }

    /// One circuit gets a history, another one turns everything away for as long as this takes.
    private func moveCircuits() throws(BenchFault) {
        let load = try Load(1, to: service.address, on: workplace.loop)
        defer { load.close() }
        for _ in 0..<5 {
            _ = try load.ask(.post("/api/bot/MOVED/circuit/open", "{\"for\":\"1h\"}", status: 200))
            _ = try load.ask(.post("/api/bot/MOVED/circuit/close", "{}", status: 200))
        }
        _ = try load.ask(.post("/api/bot/REFUSED/circuit/open", "{\"for\":\"1h\"}", status: 200))
    }

    /// Takes the service's answer, starts a canned server that gives the same bytes, and lets both answer in
    /// turns.
    func measure(_ subject: Subject, requests: Int, rounds: Int) throws(BenchFault) -> Costs {
        let load = try Load(clients, to: service.address, on: workplace.loop)
        defer { load.close() }
        let answer = try load.ask(subject.question)
        let path = "\(workplace.directory)/answer"
        try Files.write(answer, to: path)
        let canned = try Program(on: workplace.loop, [cannedProgram, path, path])
        defer { canned.stop() }
        let cannedLoad = try Load(clients, to: try canned.announcedAddress(), on: workplace.loop)
        defer { cannedLoad.close() }
        var costs = Costs(answerBytes: answer.count)
        // What is paid once, for first requests and first connections, is paid before.
        _ = try load.run(subject.question, requests: min(2000, requests))
        _ = try cannedLoad.run(subject.question, requests: min(2000, requests))
        for _ in 0..<rounds {
            try measure(subject, load, pid: service.pid, requests, &costs.fusebox)
            try measure(subject, cannedLoad, pid: canned.child.pid, requests, &costs.canned)
        }
        return costs
    }

    private func measure(
        _ subject: Subject, _ load: Load, pid: Int32, _ requests: Int, _ side: inout Side
    ) throws(BenchFault) {
        let before = try ProcessorTime(ofProcess: pid)
        let result = try load.run(subject.question, requests: requests)
        // Until what the last answers leave behind is done, too.
        workplace.loop.turn(atMost: .milliseconds(30)) { false }
        let after = try ProcessorTime(ofProcess: pid)
        let count = Double(result.requests) * 1000
        side.microseconds.append(after.total(since: before) / count)
        side.loopMicroseconds.append(after.main(since: before) / count)
        side.perSecond.append(result.perSecond)
    }
}

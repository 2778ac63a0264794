import UV

/// Something that takes tasks durably, started afresh for a comparison.
struct IngestSide {
    let name: String
    let taker: Taker
    var rounds = IngestRounds()

    enum Taker {
        /// It is asked over its socket by our own clients.
        case server(pid: Int32, SocketAddress, Load.Question, stop: () -> Void)
        /// A library without a server: a script that is client and queue in one. It gets the numbers of
        /// clients and of seconds, and says how many tasks it took.
        case script([String])
    }

    func stop() {
        if case .server(_, _, _, let stop) = taker { stop() }
    }
}

/// What the rounds of one side gave.
struct IngestRounds {
    var perSecond: [Double] = []
    var half: [Double] = []
    var most: [Double] = []
    var microseconds: [Double] = []
}

extension IngestSide {
    static func fusebox(
        in workplace: Workplace, named name: String = "fusebox", withKeys: Bool = false,
        program: String? = nil
    ) throws(BenchFault) -> IngestSide {
        let service = try Service.start(
            in: workplace, name: "fusebox-\(monotonicNanoseconds())", executable: program)
        let question =
            withKeys
            ? Load.Question.keyed { .task(for: "QUEUE", headers: $0, status: 202) }
            : .task(for: "QUEUE", status: 202)
        return IngestSide(
            name: withKeys ? "\(name), keys" : name,
            taker: .server(pid: service.pid, service.address, question, stop: service.stop))
    }

    static func beanstalkd(in workplace: Workplace) throws(BenchFault) -> IngestSide {
        let server = try Server.beanstalkd(in: workplace)
        return IngestSide(
            name: "beanstalkd -b -f0",
            taker: .server(pid: server.pid, server.address, .beanstalkJob, stop: server.stop))
    }

    static func redis(in workplace: Workplace) throws(BenchFault) -> IngestSide {
        let server = try Server.redis(in: workplace)
        return IngestSide(
            name: "redis, always",
            taker: .server(pid: server.pid, server.address, .redisPush, stop: server.stop))
    }

    static func fastAPI(
        _ environment: PythonEnvironment, in workplace: Workplace
    ) throws(BenchFault) -> IngestSide {
        let program = try Program(
            on: workplace.loop,
            [
                environment.python, try Peer.script("fastapi-sqlite", "service.py"),
                "\(workplace.directory)/fastapi-\(monotonicNanoseconds()).sqlite",
            ])
        do throws(BenchFault) {
            return IngestSide(
                name: "FastAPI + sqlite3",
                taker: .server(
                    pid: program.child.pid, try program.announcedAddress(), .task(for: "any", status: 202),
                    stop: program.stop))
        } catch {
            program.stop()
            throw error
        }
    }

    static func huey(
        _ environment: PythonEnvironment, in workplace: Workplace
    ) throws(BenchFault) -> IngestSide {
        let file = "\(workplace.directory)/huey-\(monotonicNanoseconds()).sqlite"
        return IngestSide(
            name: "huey, sqlite, fsync",
            taker: .script([environment.python, try Peer.script("huey-sqlite", "ingest.py"), file]))
    }
}

extension IngestSide {
    mutating func measure(
        clients: Int, seconds: Int, in workplace: Workplace
    ) throws(BenchFault) {
        switch taker {
        case .server(let pid, let address, let question, _):
            let load = try Load(clients, to: address, on: workplace.loop)
            defer { load.close() }
            _ = try load.run(question, requests: 10 * clients)
            let before = try ProcessorTime(ofProcess: pid)
            let result = try load.run(
                question, requests: 1_000_000, forNanoseconds: UInt64(seconds) * 1_000_000_000)
            workplace.loop.turn(atMost: .milliseconds(30)) { false }
            let after = try ProcessorTime(ofProcess: pid)
            rounds.perSecond.append(result.perSecond)
            rounds.half.append(result.latencies.quantile(0.5) / 1000)
            rounds.most.append(result.latencies.quantile(0.99) / 1000)
            rounds.microseconds.append(after.total(since: before) / Double(result.requests) / 1000)
        case .script(let arguments):
            rounds.perSecond.append(
                try ScriptRate.measure(arguments + ["\(clients)", "\(seconds)"], in: workplace))
        }
    }
}

/// Scripts that are measured say how much they did in one line: `tasks 1234 seconds 2.01`.
enum ScriptRate {
    static func measure(_ arguments: [String], in workplace: Workplace) throws(BenchFault) -> Double {
        let text = try Program.run(on: workplace.loop, arguments)
        let words = text.split { $0 == " " || $0 == "\n" }
        guard words.count == 4, words[0] == "tasks", words[2] == "seconds",
            let tasks = Double(words[1]), let seconds = Double(words[3]), seconds > 0
        else { throw BenchFault("\(arguments.joined(separator: " ")) said: \(text)") }
        return tasks / seconds
    }
}

import ArgumentParser
import UV

/// `bench endtoend`: how many tasks a second are taken, run as a process and on disk with their end.
struct EndToEndBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endtoend",
        abstract: "Tasks taken, run (/bin/true) and ended per second, beside a loop in C and others.")

    @OptionGroup var plan: ComparisonPlan

    /// One side; how fast it is with so many clients for so many seconds, and how to end it.
    private struct Side {
        let name: String
        let measure: (_ clients: Int, _ seconds: Int) throws(BenchFault) -> Double
        var stop: () -> Void = {}
    }

    func run() throws {
        try Workplace.open(in: plan.directory) { workplace throws(BenchFault) in
            let python = plan.python(in: workplace)
            var (sides, notes): ([Side], [String]) = ([], [])
            defer { sides.forEach { $0.stop() } }
            start(&sides, &notes, in: workplace, python)
            var table = Table(
                "clients", "side", "tasks/s", "of the C loop", "of beanstalkd", "of without keys")
            let machine = try Machine.measure(in: workplace.directory)
            for count in plan.clients { try add(count, sides, to: &table) }
            print("bench endtoend: a process (/bin/true) a task, its output read, its end kept;")
            print("\(plan.rounds) rounds of \(plan.seconds) s a side, medians")
            print(machine.line)
            print("")
            for line in table.lines { print(line) }
            for note in notes { print(note) }
            print(
                "\nFusebox, huey and FastAPI have the end on disk when they answer, Redis in a transaction;")
            print("beanstalkd forgets a task that has ended; the C loop keeps nothing at all.")
        }
    }

    private func add(_ clients: Int, _ sides: [Side], to table: inout Table) throws(BenchFault) {
        var rates = sides.map { _ in [Double]() }
        for _ in 0..<plan.rounds {
            for place in sides.indices {
                rates[place].append(try sides[place].measure(clients, plan.seconds))
            }
        }
        func median(_ name: String) -> Double {
            sides.firstIndex { $0.name == name }.map { rates[$0].median } ?? .nan
        }
        for (side, rates) in zip(sides, rates) {
            table.add(
                "\(clients)", side.name, rates.median.text(), (rates.median / median("C loop")).ratioText,
                (rates.median / median("beanstalkd -b -f0")).ratioText,
                (rates.median / median("fusebox")).ratioText)
        }
    }

    private func start(
        _ sides: inout [Side], _ notes: inout [String], in workplace: Workplace,
        _ python: Result<PythonEnvironment, BenchFault>
    ) {
        func add(_ name: String, _ make: () throws(BenchFault) -> Side) {
            do throws(BenchFault) {
                sides.append(try make())
            } catch {
                notes.append("\(name) is left out: \(error)")
            }
        }
        add("fusebox") { () throws(BenchFault) in try fusebox(withKeys: false, in: workplace) }
        add("fusebox, keys") { () throws(BenchFault) in try fusebox(withKeys: true, in: workplace) }
        add("C loop") { () throws(BenchFault) in
            let program = try Peer.build("spawn-loop", into: workplace.directory, on: workplace.loop)
            return script("C loop", [program], in: workplace)
        }
        add("beanstalkd") { () throws(BenchFault) in
            worker(
                try .beanstalkd(in: workplace), "beanstalkd -b -f0", "beanstalkd", try workerScript(),
                in: workplace)
        }
        add("Redis") { () throws(BenchFault) in
            worker(try .redis(in: workplace), "redis, always", "redis", try workerScript(), in: workplace)
        }
        add("huey") { () throws(BenchFault) in
            let file = "\(workplace.directory)/huey.sqlite"
            return script(
                "huey, sqlite, fsync",
                [try python.get().python, try Peer.script("huey-sqlite", "endtoend.py"), file], in: workplace)
        }
        add("FastAPI") { () throws(BenchFault) in
            let side = try IngestSide.fastAPI(try python.get(), in: workplace)
            guard case .server(_, let address, _, let stop) = side.taker else {
                preconditionFailure("FastAPI is a server")
            }
            return server(side.name, address, .endedTask(for: "any"), in: workplace, stop: stop)
        }
    }

    // MARK: - The sides

    private func fusebox(withKeys: Bool, in workplace: Workplace) throws(BenchFault) -> Side {
        let bot = """
            [bots.RUN]
            command = ["/bin/true"]
            stdin = "none"
            concurrency = 64
            queue_limit = 10000

            """
        let service = try Service.start(in: workplace, name: withKeys ? "keyed" : "plain", with: bot)
        let question =
            withKeys
            ? Load.Question.keyed { .endedTask(for: "RUN", headers: $0) } : .endedTask(for: "RUN")
        let name = withKeys ? "fusebox, keys" : "fusebox"
        return server(name, service.address, question, in: workplace, stop: service.stop)
    }

    private func server(
        _ name: String, _ address: SocketAddress, _ question: Load.Question, in workplace: Workplace,
        stop: @escaping () -> Void
    ) -> Side {
        let measure: (Int, Int) throws(BenchFault) -> Double = { clients, seconds throws(BenchFault) in
            let load = try Load(clients, to: address, on: workplace.loop)
            defer { load.close() }
            _ = try load.run(question, requests: 2 * clients)
            let time = UInt64(seconds) * 1_000_000_000
            return try load.run(question, requests: 1_000_000, forNanoseconds: time).perSecond
        }
        return Side(name: name, measure: measure, stop: stop)
    }

    private func workerScript() throws(BenchFault) -> String {
        try Peer.script("queue-worker", "queue-worker.py")
    }

    private func worker(
        _ server: Server, _ name: String, _ kind: String, _ path: String, in workplace: Workplace
    ) -> Side {
        var side = script(name, ["python3", path, kind, "\(server.address.port)"], in: workplace)
        side.stop = server.stop
        return side
    }

    private func script(_ name: String, _ arguments: [String], in workplace: Workplace) -> Side {
        let measure: (Int, Int) throws(BenchFault) -> Double = { clients, seconds throws(BenchFault) in
            try ScriptRate.measure(arguments + ["\(clients)", "\(seconds)"], in: workplace)
        }
        return Side(name: name, measure: measure)
    }
}

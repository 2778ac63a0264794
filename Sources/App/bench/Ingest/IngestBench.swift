import ArgumentParser
import UV

/// `bench ingest`: how many tasks a second are on disk before their answer leaves, beside others.
struct IngestBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract:
            "Tasks taken durably per second, with and without keys, beside beanstalkd, Redis and others.")

    @OptionGroup var plan: ComparisonPlan

    @Option(help: "Another build of fusebox that takes turns with this one.")
    var against: String?

    func run() throws {
        try Workplace.open(in: plan.directory) { workplace throws(BenchFault) in
            let python = plan.python(in: workplace)
            var machines: [Machine] = []
            var table = Table(
                "clients", "side", "tasks/s", "of beanstalkd", "of without keys", "CPU µs",
                "p50 ms", "p99 ms")
            var notes: [String] = []
            for count in plan.clients {
                machines.append(try Machine.measure(in: workplace.directory))
                let started = start(in: workplace, python)
                defer { started.sides.forEach { $0.stop() } }
                notes = started.notes
                add(try measure(started.sides, clients: count, in: workplace), clients: count, to: &table)
            }
            print(
                "bench ingest: commands of 200 bytes, medians of \(plan.rounds) rounds of \(plan.seconds) s;"
            )
            print(
                "each task is on disk before its answer; fusebox and FastAPI over HTTP, others in their way"
            )
            for machine in machines { print(machine.line) }
            print("")
            for line in table.lines { print(line) }
            for note in notes { print(note) }
        }
    }

    /// All that can be had; of the others a sentence each.
    private func start(
        in workplace: Workplace, _ python: Result<PythonEnvironment, BenchFault>
    ) -> (sides: [IngestSide], notes: [String]) {
        var (sides, notes): ([IngestSide], [String]) = ([], [])
        func add(_ name: String, _ make: () throws(BenchFault) -> IngestSide) {
            do throws(BenchFault) {
                sides.append(try make())
            } catch {
                notes.append("\(name) is left out: \(error)")
            }
        }
        add("fusebox") { () throws(BenchFault) in try .fusebox(in: workplace) }
        add("fusebox, keys") { () throws(BenchFault) in try .fusebox(in: workplace, withKeys: true) }
        if let against {
            add(against) { () throws(BenchFault) in
                try .fusebox(in: workplace, named: "other build", program: against)
            }
        }
        add("beanstalkd") { () throws(BenchFault) in try .beanstalkd(in: workplace) }
        add("Redis") { () throws(BenchFault) in try .redis(in: workplace) }
        add("huey") { () throws(BenchFault) in try .huey(try python.get(), in: workplace) }
        add("FastAPI") { () throws(BenchFault) in try .fastAPI(try python.get(), in: workplace) }
        return (sides, notes)
    }

    private func measure(
        _ sides: [IngestSide], clients: Int, in workplace: Workplace
    ) throws(BenchFault) -> [IngestSide] {
        var sides = sides
        for round in 0..<plan.rounds {
            // To and fro: what a side leaves to be written behind it is another's burden each time.
            for place in sides.indices {
                let side = round.isMultiple(of: 2) ? place : sides.count - 1 - place
                try sides[side].measure(clients: clients, seconds: plan.seconds, in: workplace)
            }
        }
        return sides
    }

    private func add(_ sides: [IngestSide], clients: Int, to table: inout Table) {
        let plain = sides.first { $0.name == "fusebox" }?.rounds.perSecond.median ?? .nan
        let beanstalkd = sides.first { $0.name.hasPrefix("beanstalkd") }?.rounds.perSecond.median ?? .nan
        for side in sides {
            let rate = side.rounds.perSecond.median
            table.add(
                "\(clients)", side.name, rate.text(), (rate / beanstalkd).ratioText, (rate / plain).ratioText,
                side.rounds.microseconds.median.text(decimals: 1), side.rounds.half.median.text(decimals: 2),
                side.rounds.most.median.text(decimals: 2))
        }
    }
}

/// What the comparisons with others have in common.
struct ComparisonPlan: ParsableArguments {
    @Option(help: "Connections, each with one request outstanding; may be given several times.")
    var clients = [1, 8, 64]

    @Option(help: "Seconds of a round.")
    var seconds = 2

    @Option(help: "Rounds; the sides take turns, and the middle round counts.")
    var rounds = 3

    @Option(help: "Where the data of the run is kept meanwhile; on the disk that is meant.")
    var directory = "/tmp"

    @Flag(help: "Also huey and FastAPI, installed from Python's index into a temporary environment.")
    var peers = false

    func validate() throws {
        guard clients.allSatisfy({ (1...1000).contains($0) }), (1...60).contains(seconds),
            (1...100).contains(rounds)
        else { throw ValidationError("clients are 1 … 1000, seconds 1 … 60, rounds 1 … 100") }
    }

    func python(in workplace: Workplace) -> Result<PythonEnvironment, BenchFault> {
        guard peers else {
            return .failure(
                BenchFault("with --peers it is installed from Python's index into a temporary folder"))
        }
        do throws(BenchFault) {
            return .success(try PythonEnvironment.make(["huey", "fastapi", "uvicorn"], in: workplace))
        } catch {
            return .failure(
                BenchFault("\(error)\nIt needs Python's index and: apt-get install python3 python3-venv"))
        }
    }
}

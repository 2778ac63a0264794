import ArgumentParser

/// `bench breaker`: what the circuit breaker costs a caller, beside C that does the least for the same.
struct BreakerBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breaker",
        abstract: "Nanoseconds per closed success and per open reject, on 1 and 2 threads, beside C.")

    @Option(help: "Calls of a thread in a round.")
    var iterations = 200_000

    @Option(help: "Rounds; many short ones: the sides take turns, and the fastest counts.")
    var rounds = 60

    @Flag(help: "Also the breakers of Python, which pip installs for the time of the run.")
    var peers = false

    @Option(help: "Where the peers are built.")
    var directory = "/tmp"

    func validate() throws {
        guard (1...1_000_000_000).contains(iterations), (1...10_000).contains(rounds) else {
            throw ValidationError("iterations are 1 … 1000000000, rounds 1 … 10000")
        }
    }

    func run() throws {
        try Workplace.open(in: directory) { workplace throws(BenchFault) in
            let machine = try Machine.measure(in: workplace.directory)
            let floor = try Peer.build(
                "breaker-floor", into: workplace.directory, flags: ["-pthread"], on: workplace.loop)
            var costs = Costs()
            for _ in 0..<rounds {
                for threads in [1, 2] {
                    costs.add(try BreakerLoops.measure(iterations, threads: threads), threads)
                    let text = try Program.run(on: workplace.loop, [floor, "\(iterations)", "\(threads)"])
                    costs.add(try Costs.read(text), threads)
                }
            }
            var python: [PythonPeer] = []
            if peers { python = try PythonPeer.measureAll(in: workplace, calls: max(1, iterations / 20)) }
            print(
                "bench breaker: \(rounds) rounds of \(iterations) calls a thread; ns a call, fastest rounds"
            )
            print(machine.line)
            print("")
            for line in costs.table.lines { print(line) }
            print(Self.legend)
            report(python, beside: costs)
        }
    }

    private static let legend = """

        closed: let a call through and take its success. open: turn it away with the time left.
        value: CircuitBreaker, one for each thread. shared: SharedCircuitBreaker, one for all, time passed in;
        by clock: the forms that read it where they need it; every call: with Counting.everyCall.
        C for the value keeps a streak and probes, no permits, totals, history, leases or generations; for the
        shared form it reads one atomic word, for every call it takes a mutex; the clock it reads as well.
        """

    private func report(_ python: [PythonPeer], beside costs: Costs) {
        guard peers else { return }
        print("")
        guard !python.isEmpty else {
            print(
                "No peers: python3 with venv and pip, and PyPI, are needed, and something of it is missing.")
            return
        }
        var table = Table(
            "Python, 1 thread", "closed ns", "× shared", "× value", "open ns", "× shared", "× value")
        for peer in python {
            func times(_ other: Double, _ name: String) -> String {
                (other / costs.least(name, 1)).text(decimals: 0)
            }
            table.add(
                peer.name, peer.closed.text(), times(peer.closed, "shared by clock, closed"),
                times(peer.closed, "value, closed"), peer.open.text(),
                times(peer.open, "shared by clock, open"), times(peer.open, "value, open"))
        }
        for line in table.lines { print(line) }
        print("They read the clock themselves, so × shared is against the forms that do.")
    }
}

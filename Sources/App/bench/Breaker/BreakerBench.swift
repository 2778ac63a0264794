import ArgumentParser
import CircuitBreaking
import MonotonicTime

/// `bench breaker`: what the circuit breaker costs a caller, beside the smallest state machine in C.
struct BreakerBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breaker", abstract: "Nanoseconds per closed success and per open reject, beside C.")

    @Option(help: "Calls in a round.")
    var iterations = 10_000_000

    @Option(help: "Rounds; the sides take turns, and the middle round counts.")
    var rounds = 5

    @Option(help: "Where the peer is built.")
    var directory = "/tmp"

    func validate() throws {
        guard (1...1_000_000_000).contains(iterations), (1...100).contains(rounds) else {
            throw ValidationError("iterations are 1 … 1000000000, rounds 1 … 100")
        }
    }

    func run() throws {
        try Workplace.open(in: directory) { workplace throws(BenchFault) in
            let machine = try Machine.measure(in: workplace.directory)
            let floor = try Peer.build("breaker-floor", into: workplace.directory, on: workplace.loop)
            var (ours, theirs) = (Costs(), Costs())
            for _ in 0..<rounds {
                ours.closed.append(closedSuccess())
                ours.open.append(openReject())
                let text = try Program.run(on: workplace.loop, [floor, "\(iterations)"])
                let numbers = text.split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
                guard numbers.count == 2 else { throw BenchFault("\(floor) printed \(text)") }
                theirs.closed.append(numbers[0])
                theirs.open.append(numbers[1])
            }
            var table = Table("call", "CircuitBreaker ns", "C floor ns", "ratio")
            for (name, own, other) in [
                ("closed: admit and record a success", ours.closed, theirs.closed),
                ("open: admit turns it away", ours.open, theirs.open),
            ] {
                let (own, other) = (own.median, other.median)
                table.add(name, own.text(decimals: 2), other.text(decimals: 2), (own / other).ratioText)
            }
            print("bench breaker: \(rounds) rounds of \(iterations) calls a side, medians")
            print(machine.line)
            print("")
            for line in table.lines { print(line) }
            print("\nThe C floor keeps no permits, totals, history, leases or generations.")
        }
    }

    private struct Costs {
        var closed: [Double] = []
        var open: [Double] = []
    }

    private func closedSuccess() -> Double {
        var breaker = CircuitBreaker()
        let start = monotonicNanoseconds()
        for iteration in 0..<iterations {
            let now = Instant(nanoseconds: Int64(iteration))
            guard case .admitted(let permit) = breaker.admit(at: now, lease: .seconds(60)).decision else {
                preconditionFailure("a closed circuit turned a call away")
            }
            breaker.record(.success, permit: permit, at: now)
        }
        let elapsed = monotonicNanoseconds() - start
        // What was counted must be there, so nothing of it can be left out.
        precondition(breaker.totals.succeeded == UInt64(iterations), "not every success was counted")
        return Double(elapsed) / Double(iterations)
    }

    private func openReject() -> Double {
        var breaker = CircuitBreaker()
        breaker.open(for: .seconds(3600), at: Instant(nanoseconds: 0))
        var left = Duration.zero
        let start = monotonicNanoseconds()
        for iteration in 0..<iterations {
            let now = Instant(nanoseconds: Int64(iteration))
            guard case .rejected(let rejection) = breaker.admit(at: now, lease: .seconds(60)).decision else {
                preconditionFailure("an open circuit let a call in")
            }
            left = rejection.retryAfter ?? .zero
        }
        let elapsed = monotonicNanoseconds() - start
        precondition(
            breaker.totals.rejected == UInt64(iterations) && left > .zero, "not every rejection was counted")
        return Double(elapsed) / Double(iterations)
    }
}

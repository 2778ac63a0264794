import CircuitBreaking
import SharedBreaking

/// Asks weather stations for the temperature. One of them is broken; its circuit opens, and it is asked no
/// more until its open time has passed, while the others go on.
@main
struct Weather {
    static func main() async throws {
        let policy = try CircuitPolicy(failureThreshold: 3, recoveryTimeout: .milliseconds(200))
        let registry = CircuitBreakerRegistry<String>(limit: 100, policy: policy)
        let harbour = Station(isBroken: true)
        var answers: [String: Int] = [:]

        guard let watched = registry.breaker(for: "harbour") else { return }
        let transitions = watched.transitions()
        let log = Task {
            for await transition in transitions {
                print(
                    "harbour: \(transition.from.rawValue) → \(transition.to.rawValue) (\(transition.reason))")
                if transition.to == .closed { return }
            }
        }

        for round in 1...6 {
            if round == 6 {
                await harbour.mend()
                try await Task.sleep(for: .milliseconds(250))
            }
            for name in ["airport", "harbour", "harbour"] {
                guard let breaker = registry.breaker(for: name) else { continue }
                let answer = await ask(name == "harbour" ? harbour : Station(), through: breaker)
                answers["\(name): \(answer)", default: 0] += 1
            }
        }
        await log.value
        for (answer, count) in answers.sorted(by: { $0.key < $1.key }) { print("\(count) × \(answer)") }
        let visits = await harbour.visits
        precondition(visits == 5, "three failures, then two probes")
        precondition(watched.state() == .closed, "two probes close the circuit")
    }

    private static func ask(_ station: Station, through breaker: SharedCircuitBreaker) async -> String {
        do {
            return try await breaker.run { try await station.temperature() }.description
        } catch let rejection as Rejection {
            return "not asked, its circuit is \(rejection.state.rawValue)"
        } catch {
            return "\(error)"
        }
    }
}

/// Something that may fail.
actor Station {
    struct IsBroken: Error {}

    private var isBroken: Bool
    private(set) var visits = 0

    init(isBroken: Bool = false) {
        self.isBroken = isBroken
    }

    func mend() { isBroken = false }

    func temperature() throws -> Int {
        visits += 1
        guard !isBroken else { throw IsBroken() }
        return 21
    }
}

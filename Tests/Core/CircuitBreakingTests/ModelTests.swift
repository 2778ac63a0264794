import CircuitBreaking
import Testing

/// Compares the breaker with the reference model over random histories. Policies, times and leases are a few
/// nanoseconds, so that instants coincide with deadlines all the time.
@Suite("Against the reference model")
struct ModelTests {
    /// Twelve thousand histories, in a dozen parts that run beside each other; a failure names its seed.
    static let parts = (UInt64(0)..<12).map { Seeds(range: $0 * 1000 + 1...$0 * 1000 + 1000) }

    @Test(arguments: parts) func `random histories agree in everything that can be seen`(
        _ seeds: Seeds
    ) throws {
        var counts: [Happening: Int] = [:]
        for seed in seeds.range {
            var history = try History(seed: seed)
            // Most are short; some are long enough for more outcomes than are remembered.
            for step in 0..<(seed % 50 == 0 ? 300 : 35) {
                guard let difference = try history.step() else { continue }
                Issue.record("seed \(seed), step \(step): \(difference)")
                return
            }
            for step in history.model.steps { counts[.transition(step.reason), default: 0] += 1 }
            counts.merge(history.counts) { $0 + $1 }
        }
        // Histories that never met a rule would prove nothing about it.
        for happening in Happening.all {
            #expect(counts[happening, default: 0] >= 10, "\(happening) in \(seeds)")
        }
    }
}

/// The seeds of some histories, as the run prints them.
struct Seeds: Sendable, CustomTestStringConvertible {
    let range: ClosedRange<UInt64>

    var testDescription: String { "seeds \(range.lowerBound) to \(range.upperBound)" }
}

/// What can come to pass in a history.
enum Happening: Hashable {
    enum Verb: CaseIterable {
        case open, openFor, close, reset, goToClosed, goToOpen, goToHalfOpen, countRejection
    }

    /// A permit of which more is to be said than what became of its report.
    enum Oddity: CaseIterable {
        case ofExpiredProbe, ofBeforeRestart, neverIssued
    }

    case admitted(CircuitState)
    case rejected(CircuitState)
    case report(CallOutcome, CircuitState, Verdict.Kind)
    case lateReport(Oddity)
    case verb(Verb, in: CircuitState)
    case restart(CircuitState, timeIsOver: Bool)
    /// A restart while so many probes were out.
    case restartWithProbesOut
    case restartUnderAnotherPolicy
    case transition(TransitionReason)

    /// Everything that has to be met, so all but what cannot be: Open admits nobody and issues no permit that
    /// could be reported, Closed turns nobody away, and its restart has no time that could be over.
    static let all: [Happening] = {
        var all: [Happening] = [
            .admitted(.closed), .admitted(.halfOpen), .rejected(.open), .rejected(.halfOpen),
            .restart(.closed, timeIsOver: false), .restart(.open, timeIsOver: false),
            .restart(.open, timeIsOver: true), .restart(.halfOpen, timeIsOver: true),
            .restartWithProbesOut, .restartUnderAnotherPolicy,
        ]
        for outcome in [CallOutcome.success, .failure, .ignored, .cancelled] {
            for state in CircuitState.allCases { all.append(.report(outcome, state, .late)) }
            for state in [CircuitState.closed, .halfOpen] {
                all += [.report(outcome, state, .applied), .report(outcome, state, .duplicate)]
            }
        }
        all += Oddity.allCases.map(Happening.lateReport)
        for state in CircuitState.allCases { all += Verb.allCases.map { .verb($0, in: state) } }
        return all + TransitionReason.allCases.map(Happening.transition)
    }()
}

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
            for step in 0..<(seed % 25 == 0 ? 300 : 50) {
                guard let difference = try history.step() else { continue }
                Issue.record("seed \(seed), step \(step): \(difference)")
                return
            }
            for step in history.model.steps { counts[.transition(step.reason), default: 0] += 1 }
            counts.merge(history.counts) { $0 + $1 }
        }
        // Histories that never met a rule would prove nothing about it.
        for happening in Happening.all {
            #expect(counts[happening, default: 0] >= 1, "\(happening) in \(seeds)")
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
        case open, openFor, close, forceOpen, disable, onlyMeasure, enable, reset, goToAny, countRejection
    }

    enum Outcome: CaseIterable {
        case success, failure, throttled, throttledUntil, unauthorized, notStarted, ignored, cancelled

        init(_ outcome: CallOutcome) {
            self =
                switch outcome {
                case .success: .success
                case .failure: .failure
                case .throttled(until: nil): .throttled
                case .throttled: .throttledUntil
                case .unauthorized: .unauthorized
                case .notStarted: .notStarted
                case .ignored: .ignored
                case .cancelled: .cancelled
                }
        }
    }

    /// A permit of which more is to be said than what became of its report.
    enum Oddity: CaseIterable {
        case ofExpiredProbe, ofBeforeRestart, neverIssued
    }

    case admitted(CircuitState)
    case rejected(CircuitState)
    case report(Outcome, CircuitState, Verdict.Kind)
    case lateReport(Oddity)
    case verb(Verb, in: CircuitState)
    case restart(CircuitState, timeIsOver: Bool)
    /// A restart while so many probes were out.
    case restartWithProbesOut
    case restartUnderAnotherPolicy
    case transition(TransitionReason)

    /// Everything that has to be met, so all but what cannot be: Open and Forced-Open admit nobody and issue no
    /// permit that could be reported, and Closed, Disabled and Metrics-Only turn nobody away.
    static let all: [Happening] = {
        let (shut, calling): ([CircuitState], [CircuitState]) = (
            [.open, .forcedOpen], [.closed, .halfOpen, .disabled, .metricsOnly]
        )
        var all: [Happening] = [.rejected(.halfOpen), .restartWithProbesOut, .restartUnderAnotherPolicy]
        all += shut.map(Happening.rejected) + calling.map(Happening.admitted)
        for outcome in Outcome.allCases {
            all += CircuitState.allCases.map { .report(outcome, $0, .late) }
            all += calling.flatMap { [.report(outcome, $0, .applied), .report(outcome, $0, .duplicate)] }
        }
        all += Oddity.allCases.map(Happening.lateReport)
        for state in CircuitState.allCases {
            all += Verb.allCases.map { .verb($0, in: state) }
            all.append(.restart(state, timeIsOver: state == .halfOpen))
        }
        all += [.open, .forcedOpen].map { .restart($0, timeIsOver: true) }
        return all + TransitionReason.allCases.map(Happening.transition)
    }()
}

import ArgumentParser
import SimulatedWorld

/// Lets the engine live through as many made-up histories as wanted, and says what it saw.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Drives the engine through seeded histories of faults and checks the invariants.",
        discussion: "Exit code 1 when an invariant did not hold; the shortest history found is printed.")

    @Option(help: "How many histories.")
    var seeds: UInt64 = 1000

    @Option(help: "The first seed; the others follow it.")
    var from: UInt64 = 1

    @Option(help: "Stimuli in a history.")
    var steps: Int = 300

    @Option(
        help: "Put a bug into the engine: \(InjectedBug.allCases.map(\.rawValue).joined(separator: ", ")).")
    var bug: String?

    @Flag(help: "Print each seed before it runs: the last one printed is the one that trapped.")
    var announce = false

    @Flag(help: "Print every step of each history.")
    var lines = false

    func validate() throws {
        guard seeds > 0, steps > 0 else { throw ValidationError("--seeds and --steps must be at least 1.") }
        guard from.addingReportingOverflow(seeds).overflow == false else {
            throw ValidationError("--from and --seeds go beyond 64 bits.")
        }
        if let bug, InjectedBug(rawValue: bug) == nil {
            throw ValidationError("There is no bug called \(bug).")
        }
    }

    func run() throws {
        let bug = bug.flatMap(InjectedBug.init)
        var counts = Counts()
        let clock = ContinuousClock()
        let start = clock.now
        for seed in from..<from + seeds {
            if announce { print("seed \(seed)") }
            let history = History(seed: seed, steps: steps)
            let result = Simulation.run(history, bug: bug, isRecording: lines)
            for line in result.lines { print(line) }
            counts.add(result.counts)
            if let violation = result.violation {
                report(history, violation, bug)
                throw ExitCode(1)
            }
        }
        report(counts, took: start.duration(to: clock.now))
    }

    private func report(_ history: History, _ violation: Violation, _ bug: InjectedBug?) {
        print("seed \(history.seed), \(steps) steps: \(violation)")
        print("shrunk to \(history.shrunk(to: violation, bug: bug).report())")
    }

    private func report(_ counts: Counts, took: Duration) {
        let seconds = took / .seconds(1)
        print(
            """
            \(seeds) seeds from \(from), \(steps) stimuli each: every invariant held
            \(took.formattedSeconds) s, \(Int(Double(seeds) / seconds)) seeds/s, \
            \(Int(Double(counts[.steps]) / seconds)) steps/s
            """)
        for kind in Counts.Kind.allCases {
            let name = "\(kind)"
            print("  \(name)\(String(repeating: " ", count: max(1, 24 - name.count)))\(counts[kind])")
        }
    }
}

extension Duration {
    /// With two digits after the point.
    fileprivate var formattedSeconds: String {
        let hundredths = Int(self / .milliseconds(10))
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

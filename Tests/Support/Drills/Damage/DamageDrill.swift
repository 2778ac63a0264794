import FaultyDisk
import SeededRandom
import StoreFixtures
import Tasks

/// Cuts a store's files short and turns single bits of them over. Each damage has to be harmless or found:
/// what the store says then is the truth or a fault.
///
/// Of the log of a service that was killed one thing cannot be found: damage to its end, which looks like
/// what a power cut leaves. There the store may say what was the truth a commit or two earlier, and of a log
/// that was cut short what was the truth at any earlier commit; but never a mixture.
package enum DamageDrill {
    package struct Plan: Sendable {
        package var seed: UInt64
        package var turns = 60
        package var truncations = 50
        package var flips = 200

        package init(seed: UInt64) {
            self.seed = seed
        }
    }

    package struct Report: Sendable {
        package var (truncations, flips) = (Tally(), Tally())
        package var (logTruncations, logFlips) = (Tally(), Tally())
        package var (outputTruncations, outputFlips) = (Tally(), Tally())
        package var violations: [String] = []

        package var table: [String] {
            let rows = [
                ("file cut short", truncations), ("file, one bit", flips),
                ("log cut short", logTruncations), ("log, one bit", logFlips),
                ("output cut short", outputTruncations), ("output, one bit", outputFlips),
            ]
            return drillTable(rows.flatMap { name, tally in tally.rows(name) })
                + drillTable([
                    ("told as truth (must be 0)", violations.count)
                ])
        }
    }

    /// How often a kind of damage had which end.
    package struct Tally: Sendable {
        package var (harmless, found, earlier) = (0, 0, 0)

        package var count: Int { harmless + found + earlier }

        func rows(_ name: String) -> [(name: String, count: Int)] {
            [
                ("\(name): found", found), ("\(name): harmless", harmless),
                ("\(name): the log's end is missing", earlier),
            ]
        }
    }

    package static func run(_ plan: Plan) throws -> Report {
        let afterlife = try Afterlife()
        var dice = SplitMix64(seed: plan.seed)
        var report = Report()
        let (closed, killed) = try (scene(plan, closes: true), scene(plan, closes: false))
        for (suffix, tally) in [(".sqlite", \Report.truncations), (".stdout", \.outputTruncations)] {
            for _ in 0..<plan.truncations {
                let damage = Damage.cut(in: closed, suffix, &dice)
                report.violations += try check(damage, closed, 0, afterlife, &report[keyPath: tally])
            }
        }
        for (suffix, tally) in [(".sqlite", \Report.flips), (".stdout", \.outputFlips)] {
            for _ in 0..<plan.flips {
                let damage = Damage.flip(in: closed, suffix, &dice)
                report.violations += try check(damage, closed, 0, afterlife, &report[keyPath: tally])
            }
        }
        for _ in 0..<plan.truncations {
            let damage = Damage.cut(in: killed, "-wal", &dice)
            report.violations += try check(damage, killed, .max, afterlife, &report.logTruncations)
        }
        for _ in 0..<plan.flips {
            let damage = Damage.flip(in: killed, "-wal", &dice)
            report.violations += try check(damage, killed, 2, afterlife, &report.logFlips)
        }
        return report
    }

    /// A store's files, and what they say, commit by commit.
    struct Scene {
        let files: [String: [UInt8]]
        let history: [StoreModel]
    }

    /// What is left of a run that was closed well, or killed with a long log.
    private static func scene(_ plan: Plan, closes: Bool) throws -> Scene {
        let home = try Afterlife()
        let disk = FaultyDisk()
        disk.startRecording()
        var run = StoreRun(
            on: disk, data: home.emptied(), seed: plan.seed, checkpointPages: closes ? 24 : 1_000_000)
        try run.open()
        for _ in 0..<plan.turns { _ = run.turn() }
        if closes { run.close() }
        var power = PowerCut(of: disk)
        power.advance(to: disk.position)
        var dice = SplitMix64(seed: plan.seed)
        let files = power.survivors(.nothing, &dice)
        run.close()
        disk.forget()
        return Scene(files: files, history: run.chronicle.history)
    }

    /// - Parameter mostLost: how many commits at the end of the log may be missing.
    /// - Returns: what the store told that was never so.
    private static func check(
        _ damage: Damage, _ scene: Scene, _ mostLost: Int, _ afterlife: Afterlife, _ tally: inout Tally
    ) throws -> [String] {
        guard let truth = scene.history.last else { return [] }
        guard let (faults, lies) = try afterlife.audit(of: damage.files, truth) else {
            tally.found += 1
            return []
        }
        if lies.isEmpty {
            if faults == 0 { tally.harmless += 1 } else { tally.found += 1 }
            return []
        }
        for earlier in scene.history.dropLast().suffix(mostLost).reversed() where mostLost > 0 {
            if try afterlife.audit(of: damage.files, earlier)?.lies == [] {
                tally.earlier += 1
                return []
            }
        }
        return lies.map { "\(damage.words): \($0)" }
    }
}

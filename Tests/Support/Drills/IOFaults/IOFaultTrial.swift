import FaultyDisk
import SeededRandom
import StoreFixtures
import Tasks

extension IOFaultDrill {
    /// One run, in which one call fails.
    struct Trial {
        private(set) var violations: [String] = []
        private let disk: FaultyDisk
        private let afterlife: Afterlife
        private let failure: Failure
        private var run: StoreRun
        private var dice: SplitMix64
        private var power: PowerCut

        /// A run that has not got to the failing call in so many turns was asked for too late a one.
        private static let mostTurns = 400

        init(
            on disk: FaultyDisk, _ home: Afterlife, _ afterlife: Afterlife, call: Int, _ failure: Failure,
            seed: UInt64
        ) {
            (self.disk, self.afterlife, self.failure) = (disk, afterlife, failure)
            run = StoreRun(on: disk, data: home.emptied(), seed: seed)
            dice = SplitMix64(seed: seed ^ UInt64(call))
            power = PowerCut(of: disk)
            var flaw = FaultyDisk.Flaw()
            (flaw.good, flaw.error) = (call - 1, failure.error)
            (flaw.broken, flaw.tornBytes) = (
                failure.isLasting ? .max : 1, Int.random(in: 0...2000, using: &dice)
            )
            disk.startRecording()
            disk.breakDown([flaw])
        }

        mutating func run(_ report: inout Report) {
            let before = disk.brokenCount
            if !open(&report, before) { return }
            var turns = 0
            var turnsAfterwards = 0
            while turnsAfterwards < 3, turns < Self.mostTurns {
                turns += 1
                if disk.brokenCount > before { turnsAfterwards += 1 }
                if let fault = run.turn().fault {
                    report.commits += 1
                    return takeFault(fault)
                }
            }
            expect(disk.brokenCount > before, "the call was not reached in \(turns) turns")
            report.neither += 1
            finish()
        }

        /// False when the run is over: the store did not open while the disk failed.
        private mutating func open(_ report: inout Report, _ before: Int) -> Bool {
            do {
                try run.open()
                return true
            } catch let fault as StoreFault {
                report.openings += 1
                expect(
                    [.full, .inputOutput].contains(fault.kind) && disk.brokenCount > before,
                    "the opening says \(fault)")
            } catch {
                expect(false, "\(error)")
            }
            checkSurvivors("after an opening that failed")
            disk.heal()
            do { try run.open() } catch { expect(false, "it does not open on a good disk: \(error)") }
            if violations.isEmpty { finish() }
            return false
        }

        private mutating func takeFault(_ fault: StoreFault) {
            expect([.full, .inputOutput].contains(fault.kind), "a commit says \(fault)")
            violations += run.violations().map { "while it fails: \($0)" }
            checkSurvivors("after a commit that failed")
            expect(run.turn().fault == fault, "what comes afterwards is not refused with the same words")
            if failure.isLasting {
                // A disk that is full for writes only may have room for a recovery; one that fails may not.
                let answer = run.recover()
                expect(!answer.isRecovered, "it recovers on a disk that fails")
                expect(run.turn().fault != nil, "it takes a commit without having recovered")
                checkSurvivors("after a recovery that failed")
            }
            disk.heal()
            let answer = run.recover()
            expect(answer.isRecovered, "no recovery on a good disk: \(answer)")
            if answer.isRecovered { finish() }
        }

        /// From here everything has to go well.
        private mutating func finish() {
            disk.heal()
            for _ in 0..<2 {
                if let fault = run.turn().fault {
                    // A log that could not be copied is told with the next batch.
                    expect(fault.kind != .unusable && run.recover().isRecovered, "\(fault)")
                }
            }
            violations += run.violations().map { "at the end: \($0)" }
            checkSurvivors("at the end")
            run.close()
        }

        /// What a kill -9 and what a power cut at this moment would leave.
        private mutating func checkSurvivors(_ moment: String) {
            power.advance(to: disk.position)
            let allowed = run.chronicle.allowed(at: disk.position)
            for loss in [PowerCut.Loss.nothing, .everything, .anything] {
                violations += afterlife.violations(
                    of: power.survivors(loss, &dice), allowed: allowed, ids: run.ids
                ).map { "\(moment), \(loss) lost: \($0)" }
            }
        }

        private mutating func expect(_ condition: Bool, _ words: @autoclosure () -> String) {
            if !condition { violations.append(words()) }
        }
    }
}

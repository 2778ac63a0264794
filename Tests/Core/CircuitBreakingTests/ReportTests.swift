@testable import CircuitBreaking
import MonotonicTime
import SeededRandom
import Testing

@Suite("Reports under permits")
struct ReportTests {
    @Test func `the same permit twice counts once`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 2))
        let permit = try breaker.admitted(at: at(0))
        #expect(breaker.record(.failure, permit: permit, at: at(1)) == .applied)
        for outcome in [CallOutcome.failure, .success, .ignored, .cancelled] {
            #expect(breaker.record(outcome, permit: permit, at: at(1)) == .duplicate)
        }
        #expect(breaker.failureCount == 1)
        #expect(breaker.totals == CircuitTotals(admitted: 1, failed: 1))
    }

    @Test func `a permit that was never issued is late`() throws {
        var breaker = CircuitBreaker()
        let permit = try breaker.admitted(at: at(0))
        for stranger in [
            Permit.number(permit.serial + 1, generation: permit.generation),
            .number(.max, generation: permit.generation),
            .number(permit.serial, generation: permit.generation + 1),
            .number(.max, generation: .max),
        ] {
            #expect(breaker.record(.failure, permit: stranger, at: at(0)) == .late)
        }
        #expect(breaker.failureCount == 0)
        #expect(breaker.totals.late == 4)
        #expect(breaker.record(.success, permit: permit, at: at(0)) == .applied)
    }

    @Test func `a permit of the Open generation cannot exist, and is late`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        #expect(breaker.record(.failure, permit: .number(0, generation: 1), at: at(1)) == .late)
    }

    @Test func `permits are told apart by generation though their serials start anew`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        let old = try breaker.admitted(at: at(0))
        try breaker.call(.failure, at: at(0))
        let probe = try breaker.admitted(at: at(30))
        #expect(old.serial == probe.serial)
        #expect(breaker.record(.success, permit: old, at: at(30)) == .late)
        #expect(breaker.record(.success, permit: probe, at: at(30)) == .applied)
    }

    @Test func `a thousand calls out at once report in any order, each counts once`() throws {
        var random = SplitMix64(seed: 7)
        var breaker = CircuitBreaker()
        let permits = try (0..<1000).map { _ in try breaker.admitted(at: at(0)) }
        for permit in permits.shuffled(using: &random) {
            #expect(breaker.record(.success, permit: permit, at: at(1)) == .applied)
        }
        for permit in permits.shuffled(using: &random) {
            #expect(breaker.record(.failure, permit: permit, at: at(2)) == .duplicate)
        }
        #expect(breaker.totals == CircuitTotals(admitted: 1000, succeeded: 1000))
    }

    @Test func `a call that 65,536 younger ones overtook is late`() throws {
        var breaker = CircuitBreaker()
        let slow = try breaker.admitted(at: at(0))
        for _ in 0..<(65_536 + 64) { try breaker.call(.success, at: at(1)) }
        #expect(breaker.record(.failure, permit: slow, at: at(2)) == .late)
        #expect(breaker.failureCount == 0)
    }

    @Test func `a call that 65,000 younger ones overtook counts`() throws {
        var breaker = CircuitBreaker()
        let slow = try breaker.admitted(at: at(0))
        for _ in 0..<65_000 { try breaker.call(.success, at: at(1)) }
        #expect(breaker.record(.failure, permit: slow, at: at(2)) == .applied)
        #expect(breaker.failureCount == 1)
    }
}

@Suite("The ledger of reports")
struct ReportLedgerTests {
    @Test func `numbers permits from zero`() {
        var ledger = ReportLedger()
        #expect((0..<5).map { _ in ledger.issue() } == [0, 1, 2, 3, 4])
        #expect(ledger.issued == 5)
    }

    @Test func `knows nothing of permits that were not issued`() {
        var ledger = ReportLedger()
        #expect(ledger.report(0) == .unknown)
        _ = ledger.issue()
        #expect(ledger.report(1) == .unknown)
        #expect(ledger.report(.max) == .unknown)
        #expect(ledger.report(0) == .first)
    }

    @Test(arguments: [1, 63, 64, 65, 127, 128, 129, 191, 192, 1000, 65_536])
    func `takes each of many reports once, from the newest to the oldest`(count: UInt64) {
        var ledger = ReportLedger()
        for _ in 0..<count { _ = ledger.issue() }
        #expect((0..<count).reversed().allSatisfy { ledger.report($0) == .first })
        #expect((0..<count).allSatisfy { ledger.report($0) == .again })
    }

    @Test func `agrees with a set while the span stays within its limit`() {
        for seed in UInt64(1)...50 {
            var random = SplitMix64(seed: seed)
            var (ledger, reported) = (ReportLedger(), Set<UInt64>())
            for _ in 0..<2000 {
                if Bool.random(using: &random) { _ = ledger.issue() }
                let serial = UInt64.random(in: 0...(ledger.issued + 2), using: &random)
                let expected: ReportLedger.Finding =
                    serial >= ledger.issued ? .unknown : reported.insert(serial).inserted ? .first : .again
                guard ledger.report(serial) != expected else { continue }
                Issue.record("seed \(seed): serial \(serial) of \(ledger.issued) is not \(expected)")
                return
            }
        }
    }

    @Test func `forgets the oldest word when the span passes its limit, and no other`() {
        var ledger = ReportLedger()
        for _ in 0...65_536 { _ = ledger.issue() }
        #expect(ledger.report(3) == .first)
        #expect(ledger.report(65_536) == .first)
        #expect(ledger.report(3) == .unknown)
        #expect(ledger.report(63) == .unknown)
        #expect(ledger.report(64) == .first)
        #expect(ledger.report(64) == .again)
        #expect(ledger.report(65_535) == .first)
        #expect(ledger.report(65_536) == .again)
    }

    @Test func `leaps over any number of permits that nobody reported`() {
        var ledger = ReportLedger()
        for _ in 0..<1_000_000 { _ = ledger.issue() }
        #expect(ledger.report(0) == .first)
        #expect(ledger.report(200) == .first)
        #expect(ledger.report(999_999) == .first)
        #expect(ledger.report(200) == .unknown)
        #expect(ledger.report(999_999) == .again)
        #expect(ledger.report(999_998) == .first)
        #expect(ledger.report(999_999 - 65_000) == .first)
        #expect(ledger.report(999_999 - 70_000) == .unknown)
    }

    @Test func `says again, not unknown, for what it let go because all of it was reported`() {
        var ledger = ReportLedger()
        for _ in 0..<200_000 { #expect(ledger.report(ledger.issue()) == .first) }
        #expect(ledger.report(0) == .again)
        #expect(ledger.report(199_999) == .again)
    }

    @Test func `is small again once everything is reported`() {
        var ledger = ReportLedger()
        for _ in 0..<65_536 { _ = ledger.issue() }
        for serial in (0..<65_536).reversed() { _ = ledger.report(UInt64(serial)) }
        #expect(ledger.spanInWords <= 2)
    }
}

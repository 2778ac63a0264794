import Dispatching
import MonotonicTime
import SeededRandom
import Tasks
import Testing

@Suite("The wait before another attempt")
struct RetryPolicyTests {
    let policy = RetryPolicy(backoff: .seconds(1), backoffMaximum: .seconds(10), crashLimit: 3)

    @Test(
        "doubles up to its maximum, and chance adds up to a half",
        arguments: [(1, 1.0), (2, 2), (3, 4), (4, 8), (5, 10), (6, 10), (1_000_000, 10)])
    func doubles(attempts: Int, seconds: Double) {
        #expect(policy.wait(after: attempts, chance: 0) == .seconds(seconds))
        let longest = policy.wait(after: attempts, chance: .max)
        #expect(longest > .seconds(seconds * 1.499) && longest < .seconds(seconds * 1.5))
    }

    @Test("is spread evenly by chance")
    func spread() {
        var random = SplitMix64(seed: 7)
        let waits = (0..<1000).map { _ in policy.wait(after: 1, chance: random.next()) }
        for quarter in 0..<4 {
            let from = Duration.seconds(1 + 0.125 * Double(quarter))
            let count = waits.count { $0 >= from && $0 < from + .seconds(0.125) }
            #expect((200...300).contains(count), "quarter \(quarter)")
        }
    }
}

@Suite("A budget of retries")
struct RetryBudgetTests {
    var budget = RetryBudget()

    @Test("lets three a minute through, whatever else starts")
    mutating func few() {
        for _ in 0..<3 {
            let answer1 = budget.allowsRetry(at: at(seconds: 10.5))
            #expect(answer1 && budget.nextRetry == nil)
            budget.noteStart(isRetry: true, at: at(seconds: 10.5))
        }
        let answer2 = budget.allowsRetry(at: at(seconds: 10.5))
        #expect(!answer2)
        #expect(budget.nextRetry == at(seconds: 70))
        let answer3 = budget.allowsRetry(at: at(seconds: 69.9))
        #expect(!answer3)
        let answer4 = budget.allowsRetry(at: at(seconds: 70))
        #expect(answer4 && budget.nextRetry == nil)
    }

    @Test("lets a fifth of the starts of the last minute be retries", arguments: UInt64(1)...5)
    mutating func fifth(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var history: [(second: Int, isRetry: Bool)] = []
        for step in 0..<6000 {
            let second = step / 20
            let isRetry = Bool.random(using: &random) && budget.allowsRetry(at: at(seconds: Double(second)))
            budget.noteStart(isRetry: isRetry, at: at(seconds: Double(second)))
            history.append((second, isRetry))
            guard isRetry else { continue }
            let minute = history.reversed().prefix { $0.second > second - 60 }
            let retries = minute.count { $0.isRetry }
            #expect(retries <= 3 || retries * 5 <= minute.count, "seed \(seed), step \(step)")
        }
        let retries = history.count { $0.isRetry }
        #expect(retries > 1100 && retries <= 1200, "it lets through what it may: \(retries)")
    }

    @Test("costs no more than a minute of seconds")
    mutating func bounded() {
        for second in 0..<10_000 { budget.noteStart(isRetry: false, at: at(seconds: Double(second))) }
        for _ in 0..<12 {
            let answer5 = budget.allowsRetry(at: at(seconds: 9999))
            #expect(answer5)
            budget.noteStart(isRetry: true, at: at(seconds: 9999))
        }
    }
}

@Suite("A ramp after a recovery")
struct RampTests {
    @Test("is at its full height before there was one")
    func full() {
        #expect(Ramp(full: 7).limit == 7)
    }

    @Test("doubles with as many successes as may run at once")
    func doubles() {
        var ramp = Ramp(full: 7)
        ramp.restart()
        var limits = [ramp.limit]
        for _ in 0..<9 {
            ramp.noteSuccess()
            limits.append(ramp.limit)
        }
        #expect(limits == [1, 2, 2, 4, 4, 4, 4, 7, 7, 7])
    }

    @Test("begins anew with each recovery")
    func anew() {
        var ramp = Ramp(full: 4)
        ramp.restart()
        ramp.noteSuccess()
        ramp.restart()
        #expect(ramp.limit == 1)
    }
}

@Suite("What follows an attempt")
struct NextStepTests {
    let policy = RetryPolicy(backoff: .seconds(1), backoffMaximum: .seconds(10), crashLimit: 3)

    @Test(
        "is another one where that could end otherwise",
        arguments: [
            OutcomeClass.failed, .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed, .lost,
        ])
    func retries(outcome: OutcomeClass) {
        #expect(
            policy.step(after: outcome, attempts: 2, of: 3, crashes: 0, chance: 0)
                == .retry(after: .seconds(2)))
        #expect(policy.step(after: outcome, attempts: 3, of: 3, crashes: 0, chance: 0) == .end(.failed))
        #expect(policy.step(after: outcome, attempts: 1, of: 1, crashes: 2, chance: 0) == .end(.failed))
    }

    @Test(
        "is the end where it could not",
        arguments: [
            (OutcomeClass.ok, TaskStatus.succeeded), (.callerError, .failed), (.ignored, .failed),
            (.cancelled, .cancelled), (.expired, .expired),
        ])
    func ends(outcome: OutcomeClass, status: TaskStatus) {
        #expect(policy.step(after: outcome, attempts: 1, of: 9, crashes: 0, chance: 0) == .end(status))
    }

    @Test("is no more once it crashed as often as is allowed")
    func dead() {
        #expect(
            policy.step(after: .crashed, attempts: 2, of: 9, crashes: 2, chance: 0)
                == .retry(after: .seconds(2)))
        #expect(policy.step(after: .crashed, attempts: 3, of: 9, crashes: 3, chance: 0) == .end(.dead))
        #expect(policy.step(after: .crashed, attempts: 3, of: 3, crashes: 3, chance: 0) == .end(.dead))
    }

    @Test("is never earlier than the bot asked for")
    func asked() {
        #expect(
            policy.step(after: .throttled, attempts: 1, of: 9, crashes: 0, asked: .seconds(90), chance: 0)
                == .retry(after: .seconds(90)))
        #expect(
            policy.step(after: .throttled, attempts: 4, of: 9, crashes: 0, asked: .seconds(-5), chance: 0)
                == .retry(after: .seconds(8)))
    }

    @Test("is the end when the task would expire before another one")
    func expiry() {
        func step(_ expiry: Duration) -> NextStep {
            policy.step(after: .lost, attempts: 1, of: 9, crashes: 1, expiry: expiry, chance: 0)
        }
        #expect(step(.seconds(1)) == .end(.failed) && step(.seconds(-1)) == .end(.failed))
        #expect(step(.milliseconds(1001)) == .retry(after: .seconds(1)))
    }

    @Test("is the same attempt again when it did not come to begin")
    func startOver() {
        #expect(
            policy.step(after: .gatewayError, attempts: 1, of: 1, crashes: 0, chance: 0) == .startOver)
    }
}

@Suite("A shortage of ours")
struct ShortageTests {
    @Test("lasts longer each time, up to a minute, and counts once for all that meet it")
    func doubles() {
        var shortage = Shortage()
        #expect(shortage.isOver(at: at(seconds: 0)))
        var now = 0.0
        for length in [1.0, 2, 4, 8, 16, 32, 60, 60] {
            shortage.note(at: at(seconds: now))
            shortage.note(at: at(seconds: now + 0.5))
            #expect(shortage.until == at(seconds: now + length))
            #expect(!shortage.isOver(at: at(seconds: now + length - 0.001)))
            now += length
            #expect(shortage.isOver(at: at(seconds: now)))
        }
        shortage.pass(to: at(seconds: now))
        #expect(shortage.until == nil)
    }
}

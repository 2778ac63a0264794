import Tasks
import Testing

@Suite("What a replay makes of a task's terms")
struct ReplayOrderTests {
    private let now = WallTime(milliseconds: 1_000_000)
    private let created = WallTime(milliseconds: 400_000)

    private func order(attempts: Int = 3, spacing: Duration = .seconds(2)) throws -> ReplayOrder {
        let bot = try #require(BotID("one"))
        return ReplayOrder(
            .ended(.failed, atMost: 9), of: bot, mostAttempts: attempts, spacing: spacing, at: now)
    }

    private func at(_ seconds: Int64) -> WallTime { WallTime(milliseconds: seconds * 1000) }

    @Test("Each may run so much later than the one before, whatever time it had been given", arguments: 0...3)
    func pace(place: Int) throws {
        for runAt in [nil, at(500), at(999_999)] {
            let terms = try order().terms(
                of: TaskTerms(runAt: runAt), attempts: 1, createdAt: created, place: place)
            #expect(terms.runAt == now.advanced(by: .seconds(2 * place)))
        }
    }

    @Test("It gets as many attempts again as it was given, at most those that are allowed")
    func attempts() throws {
        for (given, had, allowed, total) in [(1, 1, 3, 2), (5, 5, 3, 8), (2, 0, 3, 2)] {
            let terms = try order(attempts: allowed).terms(
                of: TaskTerms(maximumAttempts: given), attempts: had, createdAt: created, place: 0)
            #expect(terms.maximumAttempts == total)
        }
    }

    @Test("It gets no more attempts the second time, also when it did not need all of the first")
    func attemptsAgain() throws {
        let lives = [(1, [1, 2, 3], [2, 3, 4]), (2, [1, 3, 5], [3, 5, 7]), (9, [9, 10], [12, 13])]
        for (given, had, total) in lives {
            var terms = TaskTerms(maximumAttempts: given)
            for (had, total) in zip(had, total) {
                terms = try order().terms(of: terms, attempts: had, createdAt: created, place: 0)
                #expect(terms.maximumAttempts == total)
            }
        }
    }

    @Test("It gets as much time again, counted from when it may run, and no more the second time")
    func expiry() throws {
        let given = TaskTerms(runAt: at(500), expiresAt: at(560))
        let once = try order().terms(of: given, attempts: 1, createdAt: created, place: 1)
        #expect(once.expiresAt == now.advanced(by: .seconds(62)))
        let twice = try order().terms(of: once, attempts: 2, createdAt: created, place: 0)
        #expect(twice.expiresAt == now.advanced(by: .seconds(60)))
        let never = try order().terms(of: TaskTerms(), attempts: 1, createdAt: created, place: 0)
        #expect(never.expiresAt == nil)
        // It has some time in any case.
        let past = TaskTerms(expiresAt: at(1))
        let short = try order().terms(of: past, attempts: 0, createdAt: created, place: 0)
        #expect(short.expiresAt == now.advanced(by: .milliseconds(1)))
    }

    @Test("Its priority stays")
    func priority() throws {
        let urgent = TaskTerms(priority: try #require(TaskPriority(level: 8)))
        let terms = try order().terms(of: urgent, attempts: 1, createdAt: created, place: 0)
        #expect(terms.priority.level == 8)
    }
}

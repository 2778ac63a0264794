import StoreFixtures
import Tasks
import Testing

@testable import SimulatedWorld

@Suite("The simulated store keeps the promises of the real one, and breaks what that one may break")
struct StoreTests {
    private let bot = BotID("one")

    private func accept(_ number: Int) throws -> StoreWrite {
        .accept(
            TaskRecord(
                id: Stimulus.task(number, 0), bot: try #require(bot),
                payload: TaskPayload(timeout: .seconds(1)), createdAt: WallTime(milliseconds: 0)))
    }

    private func holds(_ store: SimulatedStore, _ number: Int) -> Bool {
        store.disk.tasks[Stimulus.task(number, 0)] != nil
    }

    /// Long after everything was answered.
    private let late = Ticks.milliseconds(60_000)

    @Test("Nothing is durable at once, and the answer comes after it is")
    func twoLayers() throws {
        var store = SimulatedStore(seed: 1)
        store.commit([try accept(1)], ticket: 1, at: 0)
        #expect(!holds(store, 1))
        let done = try #require(store.nextDue)
        let early = store.advance(to: done)
        #expect(holds(store, 1) && early.isEmpty)
        let answers = store.advance(to: late)
        #expect(answers.map(\.short) == ["committed through 1"])
        #expect(store.nextDue == nil)
    }

    @Test("What waits while a commit is under way becomes one transaction")
    func groups() throws {
        var store = SimulatedStore(seed: 1)
        for number in 1...4 { store.commit([try accept(number)], ticket: UInt64(number), at: 0) }
        let answers = store.advance(to: late)
        #expect(answers.map(\.short) == ["committed through 1", "committed through 4"])
        #expect(store.counts[.commits] == 2 && store.counts[.groupedCommits] == 1)
    }

    @Test("After a failure everything is refused until the recovery")
    func refuses() throws {
        var store = SimulatedStore(seed: 1)
        store.mood = .failing
        store.commit([try accept(1)], ticket: 1, at: 0)
        _ = store.advance(to: late)
        store.mood = .quick
        store.commit([try accept(2)], ticket: 2, at: late)
        #expect(store.advance(to: 2 * late).map(\.short) == ["failed through 2"])
        #expect(!holds(store, 1) && !holds(store, 2))
        store.recover(at: 2 * late)
        store.commit([try accept(3)], ticket: 3, at: 2 * late)
        #expect(
            store.advance(to: 3 * late).map(\.short) == ["the store has recovered", "committed through 3"])
        #expect(holds(store, 3))
    }

    @Test("A kill in the middle of a commit may find it on disk or not", arguments: [true, false])
    func killInCommit(survives: Bool) throws {
        var store = SimulatedStore(seed: 1)
        store.commit([try accept(1)], ticket: 1, at: 0)
        store.commit([try accept(2)], ticket: 2, at: 0)
        store.die(commitSurvives: survives)
        #expect(holds(store, 1) == survives)
        #expect(!holds(store, 2), "what only waited never survives")
        #expect(store.nextDue == nil && store.advance(to: late).isEmpty, "nobody is told")
    }

    @Test("A kill between the commit and its answer keeps the commit")
    func killBeforeAnswer() throws {
        var store = SimulatedStore(seed: 1)
        store.commit([try accept(1)], ticket: 1, at: 0)
        _ = store.advance(to: try #require(store.nextDue))
        store.die(commitSurvives: false)
        #expect(holds(store, 1) && store.advance(to: late).isEmpty)
    }

    @Test(
        "A commit that failed turns up after a kill only when its failure was uncertain",
        arguments: [StoreMood.failing, .failingUncertainly])
    func remains(mood: StoreMood) throws {
        var store = SimulatedStore(seed: 1)
        store.mood = mood
        store.commit([try accept(1)], ticket: 1, at: 0)
        _ = store.advance(to: late)
        var recovered = store
        store.die(commitSurvives: true)
        #expect(holds(store, 1) == (mood == .failingUncertainly))
        recovered.mood = .quick
        recovered.recover(at: late)
        _ = recovered.advance(to: 2 * late)
        recovered.die(commitSurvives: true)
        #expect(!holds(recovered, 1), "a recovery makes sure that it does not")
    }

    @Test("The disk complains of what contradicts it")
    func complains() throws {
        let (task, time) = (Stimulus.task(1, 0), WallTime(milliseconds: 0))
        let end = StoreWrite.finish(task, .succeeded, Outcome(.ok), at: time)
        let begin = StoreWrite.beginAttempt(task, at: time)
        #expect(try complaint(of: [accept(1), begin, end]) == nil)
        #expect(try complaint(of: [accept(1), accept(1)]) == .oneEndPerTask)
        #expect(try complaint(of: [accept(1), begin, end, end]) == .oneEndPerTask)
        #expect(try complaint(of: [accept(1), begin, begin]) == .attemptIsOnDiskBeforeItStarts)
        #expect(complaint(of: [begin]) == .attemptIsOnDiskBeforeItStarts)
        #expect(try complaint(of: [accept(1), .markCancelling(task)]) == .oneEndPerTask)
    }

    private func complaint(of writes: [StoreWrite]) -> Invariant? {
        var (disk, answers) = (SimulatedDisk(), SimulatedDisk.Answers())
        disk.apply(writes, &answers)
        return disk.complaint.map { Invariant($0.rule) }
    }
}

extension StoreAnswer {
    fileprivate var short: String {
        switch self {
        case .committed(let ticket, _, _, _): "committed through \(ticket)"
        case .failed(let ticket, _): "failed through \(ticket)"
        case .recovered: "the store has recovered"
        case .stillFailing: "the store still fails"
        }
    }
}

import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskStores
import Tasks
import Testing
import UV

@Suite("Events that are kept") struct EventTests {
    /// One of each kind, with numbers from 1 on.
    private static let all: [ServiceEvent] = {
        let (task, time) = (TaskID.sample(7), WallTime.sample.advanced(by: .seconds(5)))
        let kinds: [ServiceEvent.Kind] = [
            .serviceStarted, .botStarted, .taskAccepted(task), .taskStarted(task, attempt: 3),
            .taskRetryScheduled(task, attempt: 2, .throttled, notBefore: time),
            .taskFinished(task, status: .dead, .crashed), .taskCancelled(task),
            .taskReplayed(task, notBefore: time), .taskReplayed(task, notBefore: nil),
            .taskBlocked(state: .halfOpen, count: 1), .taskBlocked(state: .forcedOpen, count: 2_000_000),
            .botStopped, .serviceStopping,
        ]
        return kinds.enumerated().map { index, kind in
            ServiceEvent(
                sequence: UInt64(index + 1), time: WallTime.sample.advanced(by: .milliseconds(index)),
                bot: index == 0 ? nil : .sample(), circuit: index % 3 == 2 ? .sample("account") : nil,
                kind: kind)
        }
    }()

    private static func told(_ numbers: some Sequence<UInt64>) -> [ServiceEvent] {
        numbers.map {
            ServiceEvent(
                sequence: $0, time: .sample, bot: .sample(), kind: .taskBlocked(state: .open, count: 1))
        }
    }

    @Test(arguments: stores) func `every kind is read back as it was`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        rig.store.keep(Self.all)
        #expect(rig.store.eventsKeptThrough == 0)
        try rig.commit(.reserveSequence(through: 1024))
        rig.waitForEvents(through: 13)
        #expect(try rig.events() == Self.all)
        #expect(try rig.afterKill().events() == Self.all)
    }

    @Test(arguments: stores) func `they are found between two numbers, transitions among them`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let transitions: [ServiceEvent] = [3, 4, 9, 12].map { .transition($0, note: "n") }
        let told = Self.told([1, 2, 5, 6, 7, 8, 10, 11])
        try rig.commit(.transition(transitions[0]), .transition(transitions[1]), .transition(transitions[2]))
        let all = (told + transitions).sorted { $0.sequence < $1.sequence }
        rig.store.keep(Array(all.dropLast()))
        try rig.commit(.transition(transitions[3]))
        rig.store.keep([transitions[3]])
        #expect(rig.store.eventsKeptThrough == 12 || rig.store.eventsKeptThrough == 0)
        rig.waitForEvents(through: 12)
        #expect(try rig.events() == all)
        #expect(try rig.events(after: 3, before: 10).map(\.sequence) == [4, 5, 6, 7, 8, 9])
        #expect(try rig.events(after: 2, limit: 4).map(\.sequence) == [3, 4, 5, 6])
        #expect(try rig.events(after: 8, before: 9).isEmpty)
        #expect(try rig.events(after: 12).isEmpty && rig.events(after: .max).isEmpty)
        #expect(try rig.reopened().events() == all)
    }

    @Test(arguments: stores) func `a transition alone is kept without a further commit`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.transition(.transition(5)))
        rig.store.keep([.transition(5)])
        #expect(rig.store.eventsKeptThrough == 5)
    }

    @Test(arguments: stores) func `they are written when no commit comes, and when the store is closed`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let transactions = rig.store.transactions
        rig.store.keep(Self.told(1...3))
        rig.waitForEvents(through: 3)
        #expect(rig.store.transactions == transactions, "nobody is answered")
        #expect(try rig.afterKill().events().count == 3)
        rig.store.keep(Self.told(4...5))
        #expect(try rig.reopened().events().count == 5)
    }

    @Test(arguments: stores) func `they go along with the next commit, or are not there`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        rig.store.keep(Self.told(1...3))
        #expect(try rig.afterKill().events().isEmpty)
        try rig.commit(.reserveSequence(through: 9))
        #expect(try rig.afterKill().events().count == 3)
    }

    @Test(arguments: stores) func `what was told while the disk failed is kept when it is well`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        rig.ground.breakDown()
        rig.store.keep(Self.told(1...3))
        #expect(try rig.commit(.reserveSequence(through: 9)).fault != nil)
        rig.store.keep(Self.told(4...6))
        #expect(try rig.commit(.reserveSequence(through: 9)).fault != nil)
        #expect(try rig.events().isEmpty && rig.store.eventsKeptThrough == 0)
        rig.ground.mend()
        #expect(try rig.recover().isRecovered)
        try rig.commit(.reserveSequence(through: 9))
        rig.waitForEvents(through: 6)
        #expect(try rig.events() == Self.told(1...6) && rig.afterKill().events() == Self.told(1...6))
    }

    @Test(arguments: stores) func `numbers go on behind the last that is kept`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        rig.store.keep(Self.told([70]))
        try rig.commit(.reserveSequence(through: 64))
        #expect(try rig.afterKill().state.reservedSequence == 70)
    }

    @Test(arguments: stores) func `only so many numbers back are kept`(kind: StoreUnderTest) throws {
        let ground = try kind.makeGround()
        var policy = RetentionPolicy()
        policy.events = 50
        ground.retention = policy
        let rig = try Rig(on: ground)
        var number: UInt64 = 0
        for _ in 0..<20 {
            rig.store.keep(Self.told(number + 1...number + 10))
            number += 10
            try rig.commit(.reserveSequence(through: number))
        }
        #expect(try rig.events().map(\.sequence) == Array(151...200))
        rig.store.keep(Self.told([100_000]))
        try rig.commit(.transition(.transition(100_001)))
        rig.store.keep([.transition(100_001)] + Self.told([100_002]))
        try rig.commit(.reserveSequence(through: number))
        #expect(try rig.events().map(\.sequence) == [100_000, 100_001, 100_002])
    }

    @Test(arguments: stores) func `a smaller number of them is reached step by step`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        rig.store.keep(Self.told(1...2500))
        let policy = { (events: Int) in
            var policy = RetentionPolicy()
            policy.events = events
            return policy
        }
        rig.ground.retention = policy(10)
        let next = try rig.reopened()
        var left: [Int] = []
        for number in UInt64(2501)...2504 {
            next.store.keep(Self.told([number]))
            try next.commit(.reserveSequence(through: number))
            left.append(try next.events().count)
        }
        #expect(left == [1501, 502, 10, 10])
    }
}

extension Rig {
    /// Runs the loop until events are on disk, of which no answer tells.
    func waitForEvents(through number: UInt64) {
        let timer = Timer(on: loop) { [loop] in loop.stop() }
        run {
            timer.arm(at: loop.now.advanced(by: .milliseconds(5)))
            return store.eventsKeptThrough == number
        }
        timer.close()
    }

    func events(after: UInt64 = 0, before: UInt64 = .max, limit: Int = 1000) throws -> [ServiceEvent] {
        var found: Result<[ServiceEvent], StoreFault>?
        var all: [ServiceEvent] = []
        var position = after
        repeat {
            found = nil
            store.events(after: position, before: before, limit: limit) { [loop] result in
                found = result
                loop.stop()
            }
            run { found != nil }
            let page = try #require(found).get()
            all += page
            position = page.last?.sequence ?? position
            guard limit == 1000, page.count == limit else { return all }
        } while true
    }
}

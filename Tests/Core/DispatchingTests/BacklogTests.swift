import Dispatching
import MonotonicTime
import SeededRandom
import Tasks
import Testing

@Suite("Waiting tasks stand in the order of priority and age")
struct BacklogTests {
    var backlog = Backlog(aging: .seconds(60))

    @Test("An empty backlog gives nothing")
    mutating func empty() {
        #expect(backlog.isEmpty && backlog.count == 0 && backlog.next(retries: true) == nil)
        let answer1 = backlog.removeNext(retries: true)
        #expect(answer1 == nil)
        let answer2 = backlog.remove(task(1))
        #expect(answer2 == nil)
    }

    @Test("Of one priority the oldest leaves first, whatever the order of coming", arguments: UInt64(1)...20)
    mutating func anyOrder(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let numbers = Array(0..<UInt64(50))
        for number in numbers.shuffled(using: &random) { backlog.insert(try waiting(number)) }
        #expect(backlog.count == 50)
        #expect(leaveAll() == numbers.map { task($0) }, "seed \(seed)")
    }

    @Test("The low half of the id decides when both were made at once")
    mutating func lowHalf() {
        let since = Instant(nanoseconds: 9)
        for low in [UInt64(3), 1, 2] { backlog.insert(WaitingTask(task(9, low: low), since: since)) }
        #expect(leaveAll() == [task(9, low: 1), task(9, low: 2), task(9, low: 3)])
    }

    @Test("The more urgent goes first; of the same urgency the older")
    mutating func urgency() throws {
        for (number, level) in [(UInt64(1), 0), (2, 5), (3, 9), (4, 5), (5, 9)] {
            backlog.insert(try waiting(number, level))
        }
        #expect(leaveAll() == [task(3), task(5), task(2), task(4), task(1)])
    }

    @Test("A minute of waiting is worth a level, so nothing starves")
    mutating func aging() throws {
        backlog.insert(try waiting(0, 5))
        backlog.insert(try waiting(59_999, 6))
        backlog.insert(try waiting(60_001, 6))
        backlog.insert(try waiting(1, 0))
        backlog.insert(try waiting(300_002, 5))
        #expect(leaveAll() == [task(59_999), task(0), task(60_001), task(1), task(300_002)])
    }

    @Test("Age counts from when a task was ready, not from when it was sent")
    mutating func ready() throws {
        backlog.insert(try waiting(1, since: 5000))
        backlog.insert(try waiting(2000))
        backlog.insert(try waiting(6000))
        let answer3 = backlog.remove(task(1))
        #expect(answer3 == (try waiting(1, since: 5000)))
        backlog.insert(try waiting(1, since: 5000))
        #expect(leaveAll() == [task(2000), task(1), task(6000)])
        // What was kept about it left with it.
        backlog.insert(try waiting(1))
        let answer4 = backlog.remove(task(1))
        #expect(answer4 == (try waiting(1)))
    }

    @Test("Retries wait apart and are passed over when told to")
    mutating func retries() throws {
        backlog.insert(try waiting(1, isRetry: true))
        backlog.insert(try waiting(2))
        let answer5 = backlog.removeNext(retries: false)
        #expect(answer5 == (try waiting(2)))
        #expect(backlog.next(retries: false) == nil && backlog.count == 1)
        let answer6 = backlog.removeNext(retries: true)
        #expect(answer6 == (try waiting(1, isRetry: true)))
        #expect(backlog.isEmpty)
    }

    @Test("Backlogs can be told apart by who is next", arguments: [(1, 5, 2, 5), (70_000, 7, 1, 5)])
    func ranks(_ sooner: UInt64, _ soonerLevel: Int, _ later: UInt64, _ laterLevel: Int) throws {
        var (one, other) = (Backlog(), Backlog())
        one.insert(try waiting(sooner, soonerLevel))
        other.insert(try waiting(later, laterLevel))
        let (first, second) = try (
            #require(one.next(retries: true)), #require(other.next(retries: true))
        )
        #expect(first < second && !(second < first))
    }

    @Test("Where ids and ages go different ways, each task is still found and leaves in its turn")
    mutating func strays() throws {
        // By id 1, 2, 3, 4; by age 2, 4, 1, 3.
        for (number, since) in [(UInt64(1), 30), (2, 10), (3, 40), (4, 20)] as [(UInt64, Int64)] {
            backlog.insert(try waiting(number, since: since))
        }
        for number in UInt64(1)...4 {
            let found = backlog.remove(task(number))
            let one = try #require(found)
            let again = backlog.remove(task(number))
            #expect(again == nil)
            backlog.insert(one)
        }
        #expect(leaveAll() == [task(2), task(4), task(1), task(3)])
    }

    @Test("Times and levels at the ends of what can be said leave the order as it is")
    mutating func extremes() throws {
        for aging in [Duration.nanoseconds(1), .seconds(Int64.max), .nanoseconds(Int64.max)] {
            backlog = Backlog(aging: aging)
            let times = [Int64.min, -1, 0, .max].map { Instant(nanoseconds: $0) }
            for (number, time) in times.enumerated() {
                backlog.insert(WaitingTask(task(UInt64(number)), priority: try priority(9), since: time))
            }
            #expect(leaveAll() == (0...3).map { task($0) }, "aging \(aging)")
        }
        // What gains a level never is not overtaken, however long it waits.
        backlog = Backlog(aging: .seconds(Int64.max))
        backlog.insert(try waiting(1, 0))
        backlog.insert(try waiting(1_000_000_000, 1))
        #expect(leaveAll() == [task(1_000_000_000), task(1)])
    }

    @Test("A backlog does what a sorted array does", arguments: UInt64(1)...60)
    mutating func likeAnArray(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var model: [WaitingTask] = []
        // In some, ids rise in the order of coming, as they mostly do; in some they do not at all.
        let disorder = [0, 5, 50][Int(seed % 3)]
        for step in 0..<500 {
            let number = UInt64.random(in: 0..<60, using: &random) * 7000
            let retries = Bool.random(using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let next = model.firstIndex { retries || !$0.isRetry }
                let answer7 = backlog.removeNext(retries: retries)
                #expect(
                    answer7 == next.map { model.remove(at: $0) },
                    "seed \(seed), step \(step)")
            case 1:
                let place = model.firstIndex { $0.task == task(number) }
                let answer8 = backlog.remove(task(number))
                #expect(
                    answer8 == place.map { model.remove(at: $0) },
                    "seed \(seed), step \(step)")
            default:
                guard !model.contains(where: { $0.task == task(number) }) else { continue }
                let isStray = Int.random(in: 0..<100, using: &random) < disorder
                let one = try waiting(
                    number, Int.random(in: 0...9, using: &random),
                    since: isStray ? Int64.random(in: 0..<500_000, using: &random) : nil,
                    isRetry: Bool.random(using: &random))
                backlog.insert(one)
                model = (model + [one]).sorted(by: isSooner)
            }
            #expect(backlog.count == model.count, "seed \(seed), step \(step)")
            #expect(backlog.retryCount == model.count(where: \.isRetry), "seed \(seed), step \(step)")
        }
    }

    private func isSooner(_ left: WaitingTask, _ right: WaitingTask) -> Bool {
        func arrival(_ one: WaitingTask) -> Int64 {
            one.since.nanoseconds - Int64(one.priority.level) * 60_000_000_000
        }
        return arrival(left) == arrival(right) ? left.task < right.task : arrival(left) < arrival(right)
    }

    private mutating func leaveAll() -> [TaskID] {
        var left: [TaskID] = []
        while let next = backlog.removeNext(retries: true) { left.append(next.task) }
        return left
    }
}

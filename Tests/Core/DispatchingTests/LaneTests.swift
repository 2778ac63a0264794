import Dispatching
import Tasks
import Testing

@Suite("A lane has places to wait and slots to run")
struct LaneTests {
    var lane = Lane(concurrency: 2, queueLimit: 3)

    @Test("Tasks on their way to the disk take places")
    mutating func arriving() {
        for _ in 0..<3 { lane.reservePlace() }
        #expect(lane.isFull && lane.queued == 3 && lane.arriving == 3)
        #expect(!lane.canStart)
        lane.cancelArrival()
        #expect(!lane.isFull && lane.queued == 2)
        lane.admitArrival(task(1))
        #expect(lane.queued == 2 && lane.arriving == 1 && lane.canStart)
    }

    @Test("The limit holds for new tasks only")
    mutating func restoring() {
        for number in UInt64(0)..<5 { lane.restore(task(number)) }
        #expect(lane.queued == 5 && lane.isFull)
    }

    @Test("No more start than there are slots, the oldest first")
    mutating func starting() {
        for number in [UInt64(3), 1, 2] { lane.restore(task(number)) }
        let answer1 = lane.startNext()
        #expect(answer1 == task(1))
        let answer2 = lane.startNext()
        #expect(answer2 == task(2))
        let answer3 = lane.startNext()
        #expect(answer3 == nil)
        #expect(lane.running == 2 && lane.queued == 1 && !lane.canStart)
        lane.releaseSlot()
        let answer4 = lane.startNext()
        #expect(answer4 == task(3))
        #expect(lane.running == 2 && lane.queued == 0)
    }

    @Test("A free slot starts nothing when nothing waits")
    mutating func nothingWaits() {
        #expect(!lane.canStart)
        let answer5 = lane.startNext()
        #expect(answer5 == nil)
        #expect(lane.running == 0)
    }

    @Test("A task put back is the oldest again, and its slot is free")
    mutating func puttingBack() {
        for number in UInt64(1)...3 { lane.restore(task(number)) }
        _ = lane.startNext()
        _ = lane.startNext()
        lane.putBack(task(1))
        #expect(lane.running == 1 && lane.queued == 2)
        let answer6 = lane.startNext()
        #expect(answer6 == task(1))
    }

    @Test("Only a waiting task is withdrawn")
    mutating func withdrawing() {
        for number in UInt64(1)...3 { lane.restore(task(number)) }
        _ = lane.startNext()
        let answer7 = lane.withdraw(task(1))
        #expect(!answer7)
        let answer8 = lane.withdraw(task(3))
        #expect(answer8)
        let answer9 = lane.withdraw(task(3))
        #expect(!answer9)
        let answer10 = lane.withdraw(task(9))
        #expect(!answer10)
        #expect(lane.queued == 1 && lane.running == 1)
    }
}

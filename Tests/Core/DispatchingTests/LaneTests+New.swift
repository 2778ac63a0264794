import Dispatching
import MonotonicTime
import Tasks
import Testing

extension LaneTests {
    @Test("A new task takes a free slot at once, and none that is taken")
    mutating func startingNew() {
        let answers = [lane.startNew(at: now), lane.startNew(at: now), lane.startNew(at: now)]
        #expect(answers == [true, true, false])
        #expect(lane.running == 2 && lane.queued == 0)
        lane.releaseSlot()
        let next = lane.startNew(at: now)
        #expect(next)
    }

    @Test("A new task does not go before one that waits, arrives, or has to be woken")
    mutating func newBehindOthers() throws {
        lane.reservePlace()
        let behindArriving = lane.startNew(at: now)
        lane.cancelArrival()
        lane.wait(try waiting(1))
        let behindWaiting = lane.startNew(at: now)
        _ = lane.startNext(at: now)
        lane.wait(try waiting(2), until: at(seconds: 101))
        let beforeItsTime = lane.startNew(at: at(seconds: 100.5))
        lane.releaseSlot()
        let whenItsTimeHasCome = lane.startNew(at: at(seconds: 101))
        #expect(
            [behindArriving, behindWaiting, beforeItsTime, whenItsTimeHasCome] == [false, false, true, false])
        #expect(lane.running == 1)
    }

    @Test("A new task takes no slot that a recovery or a shortage holds back")
    mutating func newHeldBack() {
        lane.noteShortage(at: now)
        let inShortage = lane.startNew(at: now)
        lane.endShortage()
        lane.recover()
        let answers = [lane.startNew(at: now), lane.startNew(at: now)]
        #expect(!inShortage && answers == [true, false])
    }

    @Test("A new task counts as a start, and not when it gives its slot back")
    mutating func takingBackNew() throws {
        let taken = [lane.startNew(at: now), lane.startNew(at: now)]
        let pace = lane.timeToNextPlace(at: at(seconds: 109))
        #expect(taken == [true, true] && pace == .seconds(5))
        for number in UInt64(1)...2 { lane.takeBackStart(of: try waiting(number), at: now) }
        #expect(lane.running == 0)
        for number in UInt64(3)...4 { lane.wait(try waiting(number)) }
        _ = (lane.startNext(at: at(seconds: 109)), lane.startNext(at: at(seconds: 109)))
        let again = lane.timeToNextPlace(at: at(seconds: 109))
        #expect(again == .seconds(1), "two in this second, and none before")
    }
}

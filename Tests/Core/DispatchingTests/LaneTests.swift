import Dispatching
import MonotonicTime
import Tasks
import Testing

@Suite("A lane has places to wait and slots to run")
struct LaneTests {
    var lane = Lane(concurrency: 2, queueLimit: 3)
    let now = at(seconds: 100)

    @Test("Tasks on their way to the disk take places")
    mutating func arriving() throws {
        for _ in 0..<3 { lane.reservePlace() }
        #expect(lane.isFull && lane.queued == 3 && lane.arriving == 3)
        let answer1 = lane.next(at: now)
        #expect(answer1 == nil)
        lane.cancelArrival()
        #expect(!lane.isFull && lane.queued == 2)
        lane.cancelArrival()
        lane.wait(try waiting(1))
        let answer2 = lane.next(at: now)
        #expect(lane.queued == 2 && lane.arriving == 1 && answer2 != nil)
    }

    @Test("The limit holds for new tasks only")
    mutating func restoring() throws {
        for number in UInt64(0)..<5 { lane.wait(try waiting(number)) }
        #expect(lane.queued == 5 && lane.isFull)
    }

    @Test("No more start than there are slots, in the order of the backlog")
    mutating func starting() throws {
        for (number, level) in [(UInt64(3), 5), (1, 4), (2, 5)] { lane.wait(try waiting(number, level)) }
        let answer3 = lane.startNext(at: now)
        #expect(answer3?.task == task(2))
        let answer4 = lane.startNext(at: now)
        #expect(answer4?.task == task(3))
        let answer5 = lane.startNext(at: now)
        let answer6 = lane.next(at: now)
        #expect(answer5 == nil && answer6 == nil)
        #expect(lane.running == 2 && lane.queued == 1)
        lane.releaseSlot()
        let answer7 = lane.startNext(at: now)
        #expect(answer7?.task == task(1))
        #expect(lane.running == 2 && lane.queued == 0)
    }

    @Test("A free slot starts nothing when nothing waits")
    mutating func nothingWaits() {
        let answer8 = lane.startNext(at: now)
        #expect(answer8 == nil && lane.running == 0 && lane.nextDeadline == nil)
    }

    @Test("A task put back stands where it stood, and its slot is free")
    mutating func puttingBack() throws {
        for number in UInt64(1)...3 { lane.wait(try waiting(number)) }
        let started = lane.startNext(at: now)
        let first = try #require(started)
        _ = lane.startNext(at: now)
        lane.putBack(first)
        #expect(lane.running == 1 && lane.queued == 2)
        let answer9 = lane.startNext(at: now)
        #expect(answer9 == first)
    }

    @Test("A task whose time has not come takes a place, and waits for it")
    mutating func scheduled() throws {
        lane.wait(try waiting(1, since: 105_000), until: at(seconds: 105))
        lane.wait(try waiting(2, since: 103_000), until: at(seconds: 103))
        let answer10 = lane.next(at: now)
        #expect(lane.queued == 2 && lane.scheduledCount == 2 && answer10 == nil)
        #expect(lane.nextDeadline == at(seconds: 103))
        lane.wake(at: at(seconds: 102.999))
        let answer11 = lane.startNext(at: at(seconds: 102.999))
        #expect(answer11 == nil)
        lane.wake(at: at(seconds: 110))
        #expect(lane.scheduledCount == 0 && lane.nextDeadline == nil)
        let answer12 = lane.startNext(at: at(seconds: 110))
        #expect(answer12?.task == task(2))
        let answer13 = lane.startNext(at: at(seconds: 110))
        #expect(answer13?.task == task(1))
    }

    @Test("Only a waiting task is withdrawn, ready or not")
    mutating func withdrawing() throws {
        for number in UInt64(1)...3 { lane.wait(try waiting(number)) }
        lane.wait(try waiting(4), until: at(seconds: 200))
        _ = lane.startNext(at: now)
        let answer14 = lane.withdraw(task(1))
        #expect(answer14 == nil)
        let answer15 = lane.withdraw(task(3))
        #expect(answer15?.waiting == (try waiting(3)))
        let answer16 = lane.withdraw(task(3))
        let answer17 = lane.withdraw(task(9))
        #expect(answer16 == nil && answer17 == nil)
        let withdrawn = lane.withdraw(task(4))
        let scheduled = try #require(withdrawn)
        #expect(scheduled.until == at(seconds: 200) && lane.nextDeadline == nil)
        #expect(lane.queued == 1 && lane.running == 1)
    }

    @Test("Retries over budget wait, while new tasks go on, until the minute has passed")
    mutating func budget() throws {
        for number in UInt64(1)...4 { lane.wait(try waiting(number, isRetry: true)) }
        lane.wait(try waiting(5))
        for number in UInt64(1)...3 {
            let answer18 = lane.startNext(at: now)
            #expect(answer18?.task == task(number))
            #expect(lane.nextDeadline == (number < 3 ? nil : at(seconds: 160)))
            lane.releaseSlot()
        }
        let answer19 = lane.startNext(at: now)
        #expect(answer19?.task == task(5))
        let answer20 = lane.next(at: now)
        #expect(answer20 == nil && lane.queued == 1)
        lane.wake(at: at(seconds: 160))
        let answer21 = lane.startNext(at: at(seconds: 160))
        #expect(lane.nextDeadline == nil && answer21?.task == task(4))
    }

    @Test("After a recovery one runs, then two, then as many as there are slots")
    mutating func ramp() throws {
        lane = Lane(concurrency: 3, queueLimit: 100)
        for number in UInt64(1)...20 { lane.wait(try waiting(number)) }
        lane.recover()
        #expect([startAll(), startAll()] == [1, 0])
        succeed(1)
        #expect(startAll() == 2)
        succeed(2)
        #expect(startAll() == 3 && lane.running == 3)
    }

    @Test("In a shortage nothing starts until its time is over")
    mutating func shortage() throws {
        lane.wait(try waiting(1))
        lane.noteShortage(at: now)
        let answer22 = lane.next(at: now)
        #expect(answer22 == nil && lane.nextDeadline == at(seconds: 101))
        lane.wake(at: at(seconds: 101))
        let answer23 = lane.startNext(at: at(seconds: 101))
        #expect(lane.nextDeadline == nil && answer23?.task == task(1))
    }

    @Test("Ready is what could start: not what is too early, nor what is over budget")
    mutating func ready() throws {
        lane.reservePlace()
        lane.wait(try waiting(1), until: at(seconds: 200))
        for number in UInt64(2)...5 { lane.wait(try waiting(number, isRetry: true)) }
        let answer24 = lane.ready(at: now)
        #expect(answer24 == 5)
        for _ in 0..<3 {
            _ = lane.startNext(at: now)
            lane.releaseSlot()
        }
        let answer25 = lane.ready(at: now)
        #expect(answer25 == 1 && lane.queued == 3)
    }

    @Test("The time to the next place is what the last minute tells")
    mutating func pace() throws {
        let unknown = lane.timeToNextPlace(at: now)
        #expect(unknown == .seconds(1))
        for number in UInt64(1)...4 {
            lane.wait(try waiting(number))
            _ = lane.startNext(at: now)
            if number % 2 == 0 { lane.releaseSlot() }
        }
        var times: [Duration] = []
        for seconds in [100.0, 119, 159, 160, 221] {
            if seconds == 160 { _ = lane.startNext(at: at(seconds: seconds)) }
            times.append(lane.timeToNextPlace(at: at(seconds: seconds)))
        }
        #expect(times == [.seconds(1), .seconds(20) / 3, .seconds(20), .seconds(1), .seconds(60)])
    }

    @Test("The time to the next place is not before any of those that wait may start")
    mutating func blockedPace() throws {
        lane.wait(try waiting(1), until: at(seconds: 3600))
        lane.wait(try waiting(2), until: at(seconds: 900))
        let scheduled = lane.timeToNextPlace(at: now)
        #expect(scheduled == now.duration(to: at(seconds: 900)))
        lane.reservePlace()
        let arriving = lane.timeToNextPlace(at: now)
        #expect(arriving == .seconds(1), "what is on its way to the disk starts before")
        lane.noteShortage(at: now)
        lane.noteShortage(at: now.advanced(by: .seconds(1)))
        let short = lane.timeToNextPlace(at: now.advanced(by: .seconds(1)))
        #expect(short == .seconds(2))
    }

    @Test("Where more wait than may, all of these have to start before a new one finds a place")
    mutating func paceOfMany() throws {
        var lane = Lane(concurrency: 1, queueLimit: 2)
        for number in UInt64(1)...5 { lane.wait(try waiting(number)) }
        let time = lane.timeToNextPlace(at: now)
        #expect(time == .seconds(4))
    }

    private mutating func startAll() -> Int {
        var count = 0
        while lane.startNext(at: now) != nil { count += 1 }
        return count
    }

    private mutating func succeed(_ count: Int) {
        for _ in 0..<count {
            lane.releaseSlot()
            lane.noteSuccess()
        }
    }
}

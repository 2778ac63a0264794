import Dispatching
import MonotonicTime
import Tasks
import Testing

extension LaneTests {
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

    @Test("The time to the next place is no less than what all of them wait for")
    mutating func placeOfScheduled() throws {
        lane.wait(try waiting(1), until: at(seconds: 400))
        lane.wait(try waiting(2), until: at(seconds: 130))
        let scheduled = lane.timeToNextPlace(at: now)
        #expect(scheduled == .seconds(30))
        lane.reservePlace()
        let arriving = lane.timeToNextPlace(at: now)
        #expect(arriving == .seconds(1), "what arrives may start at once")
        lane.cancelArrival()
        lane.wait(try waiting(3))
        lane.noteShortage(at: now)
        lane.noteShortage(at: at(seconds: 101))
        let short = lane.timeToNextPlace(at: at(seconds: 101))
        #expect(short == .seconds(2))
    }

    @Test("… nor than until a retry may start, when nothing else waits")
    mutating func placeOfRetries() throws {
        for number in UInt64(1)...4 { lane.wait(try waiting(number, isRetry: true)) }
        for _ in 1...3 {
            _ = lane.startNext(at: now)
            lane.releaseSlot()
        }
        let overBudget = lane.timeToNextPlace(at: at(seconds: 110))
        #expect(overBudget == .seconds(50))
        lane.wait(try waiting(5), until: at(seconds: 120))
        let scheduled = lane.timeToNextPlace(at: at(seconds: 110))
        #expect(scheduled == .seconds(10))
        lane.wait(try waiting(6))
        let new = lane.timeToNextPlace(at: at(seconds: 110))
        #expect(new < .seconds(10))
    }

    @Test("Where more wait than may, all of these have to start before a new one finds a place")
    mutating func paceOfMany() throws {
        var lane = Lane(concurrency: 1, queueLimit: 2)
        for number in UInt64(1)...5 { lane.wait(try waiting(number)) }
        let time = lane.timeToNextPlace(at: now)
        #expect(time == .seconds(4))
    }
}

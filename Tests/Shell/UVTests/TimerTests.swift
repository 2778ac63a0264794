import MonotonicTime
import SeededRandom
import Testing
import UV

@Suite("Timer")
struct TimerTests {
    @Test("never fires early", arguments: [1, 2, 3, 5, 8] as [UInt64])
    func neverEarly(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let loop = try Loop()
        var fired = 0
        let timers = (0..<40).map { _ in
            let deadline = loop.now.advanced(byNanoseconds: Int64.random(in: 0...30_000_000, using: &random))
            let timer = Timer(on: loop) {
                #expect(loop.now >= deadline, "seed \(seed)")
                fired += 1
            }
            timer.arm(at: deadline)
            return timer
        }
        loop.run()
        #expect(fired == 40)
        for timer in timers { timer.close() }
        loop.close()
    }

    @Test("fires once, in the order of the deadlines")
    func order() throws {
        let loop = try Loop()
        let start = loop.now
        var fired: [Int] = []
        let timers = [3, 1, 2].map { number in
            let timer = Timer(on: loop) { fired.append(number) }
            timer.arm(at: start.advanced(by: .milliseconds(5 * number)))
            return timer
        }
        loop.run()
        #expect(fired == [1, 2, 3])
        for timer in timers { timer.close() }
        loop.close()
    }

    @Test("armed again it forgets the earlier deadline; disarmed or closed it never fires")
    func rearm() throws {
        let loop = try Loop()
        var fired: [String] = []
        let disarmed = Timer(on: loop) { fired.append("disarmed") }
        disarmed.arm(at: loop.now)
        disarmed.disarm()
        let closed = Timer(on: loop) { fired.append("closed") }
        closed.arm(at: loop.now)
        closed.close()
        closed.arm(at: loop.now)
        closed.disarm()
        var deadline = loop.now
        let moved = Timer(on: loop) {
            fired.append("moved")
            #expect(loop.now >= deadline)
        }
        moved.arm(at: deadline)
        deadline = loop.now.advanced(by: .milliseconds(10))
        moved.arm(at: deadline)
        loop.run()
        #expect(fired == ["moved"])
        disarmed.close()
        moved.close()
        loop.close()
    }

    @Test(
        "a deadline that has passed, at the start of time or before it, fires on the next turn",
        arguments: [Int64.min, -1, 0, 1])
    func past(nanoseconds: Int64) throws {
        let loop = try Loop()
        var fired = 0
        let timer = Timer(on: loop) { fired += 1 }
        timer.arm(at: Instant(nanoseconds: nanoseconds))
        #expect(fired == 0)
        loop.run()
        #expect(fired == 1)
        timer.close()
        loop.close()
    }

    @Test("the distant future is a deadline like any other")
    func distantFuture() throws {
        let loop = try Loop()
        let timer = Timer(on: loop) { Issue.record("292 years have not passed") }
        timer.arm(at: .distantFuture)
        loop.later { timer.close() }
        loop.run()
        loop.close()
    }

    @Test("a handler that always arms for the past does not keep the loop from I/O")
    func noStarvation() throws {
        let loop = try Loop()
        var fired = 0
        var own: Timer?
        // The mailbox's wake-up is I/O: were the timers run without end, it would never be seen.
        let mailbox = try Mailbox<Int>(on: loop) { _ in
            own?.close()
            own = nil
        }
        let timer = Timer(on: loop) {
            fired += 1
            guard fired < 100_000 else {
                Issue.record("the timer fires and fires, and nothing else comes")
                return
            }
            if fired == 4 { mailbox.send(1) }
            own?.arm(at: Instant(nanoseconds: 0))
        }
        own = timer
        timer.arm(at: loop.now)
        loop.beforePolling = { if own == nil { mailbox.close() } }
        loop.run()
        #expect(fired > 3)
        loop.close()
    }
}

import MonotonicTime
import Testing

@Suite("An instant")
struct InstantTests {
    @Test func `moves forth and back by a duration`() {
        let start = Instant(nanoseconds: 1000)
        #expect(start.advanced(by: .nanoseconds(234)) == Instant(nanoseconds: 1234))
        #expect(start.advanced(by: .seconds(-1)) == Instant(nanoseconds: -999_999_000))
        #expect(start.advanced(byNanoseconds: -1000) == Instant(nanoseconds: 0))
    }

    @Test func `knows the time to another one, which is negative when that is earlier`() {
        let early = Instant(nanoseconds: -5)
        let late = Instant(nanoseconds: 3_000_000_000)
        #expect(early.duration(to: late) == .nanoseconds(3_000_000_005))
        #expect(late.duration(to: early) == .nanoseconds(-3_000_000_005))
        #expect(early.duration(to: early) == .zero)
    }

    @Test func `advanced by the time to another one is that one`() {
        let pairs: [(Int64, Int64)] = [(0, 0), (5, -7), (-1, .max - 1), (.min / 2, .max / 2)]
        for (from, to) in pairs {
            let (start, end) = (Instant(nanoseconds: from), Instant(nanoseconds: to))
            #expect(start.advanced(by: start.duration(to: end)) == end)
        }
    }

    @Test func `stops at the end of time instead of passing it`() {
        let late = Instant(nanoseconds: .max - 5)
        #expect(late.advanced(by: .nanoseconds(5)) == .distantFuture)
        #expect(late.advanced(by: .nanoseconds(6)) == .distantFuture)
        #expect(late.advanced(by: .seconds(Int64.max)) == .distantFuture)
        #expect(Instant.distantFuture.advanced(by: .nanoseconds(1)) == .distantFuture)
        #expect(Instant(nanoseconds: 0).advanced(by: .seconds(Int64.max) * 10) == .distantFuture)
    }

    @Test func `stops at the beginning of time instead of passing it`() {
        let early = Instant(nanoseconds: .min + 5)
        #expect(early.advanced(by: .nanoseconds(-6)).nanoseconds == .min)
        #expect(early.advanced(by: .seconds(Int64.min)).nanoseconds == .min)
        #expect(early.advanced(byNanoseconds: .min).nanoseconds == .min)
    }

    @Test func `is never further than 292 years from another one`() {
        let (first, last) = (Instant(nanoseconds: .min), Instant.distantFuture)
        #expect(first.duration(to: last) == .nanoseconds(Int64.max))
        #expect(last.duration(to: first) == .nanoseconds(Int64.min))
    }

    @Test func `is before every later one`() {
        let sorted: [Int64] = [.min, -1, 0, 1, .max - 1, .max]
        let instants = sorted.map { Instant(nanoseconds: $0) }
        #expect(instants.shuffled().sorted() == instants)
        #expect(instants.max() == .distantFuture)
        #expect(!(instants[2] < instants[2]))
    }
}

@Suite("A duration")
struct DurationTests {
    @Test func `is cut to whole nanoseconds towards zero`() {
        let positive = Duration(secondsComponent: 2, attosecondsComponent: 1_999_999_999)
        #expect(positive.wholeNanoseconds == 2_000_000_001)
        #expect((Duration.zero - positive).wholeNanoseconds == -2_000_000_001)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: 999_999_999).wholeNanoseconds == 0)
        #expect(Duration.milliseconds(-1500).wholeNanoseconds == -1_500_000_000)
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max])
    func `keeps every number of nanoseconds that fits`(nanoseconds: Int64) {
        #expect(Duration.nanoseconds(nanoseconds).wholeNanoseconds == nanoseconds)
    }

    @Test func `beyond 292 years counts as 292 years`() {
        #expect((Duration.nanoseconds(Int64.max) + .nanoseconds(1)).wholeNanoseconds == .max)
        #expect((Duration.nanoseconds(Int64.min) - .nanoseconds(1)).wholeNanoseconds == .min)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    }

    @Test func `beyond what 64 bits of seconds hold saturates too`() {
        #expect((Duration.seconds(Int64.max) * 10).wholeNanoseconds == .max)
        #expect((Duration.seconds(Int64.max) * -10).wholeNanoseconds == .min)
        #expect((Duration.seconds(Int64.max) * 10).secondsRoundedUp == .max)
        #expect((Duration.seconds(Int64.max) * -10).secondsRoundedUp == .min)
    }

    @Test func `is rounded up to seconds, never down`() {
        #expect(Duration.zero.secondsRoundedUp == 0)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: 1).secondsRoundedUp == 1)
        #expect(Duration.milliseconds(999).secondsRoundedUp == 1)
        #expect(Duration.seconds(1).secondsRoundedUp == 1)
        #expect(Duration.milliseconds(1001).secondsRoundedUp == 2)
        #expect(Duration.milliseconds(-500).secondsRoundedUp == 0)
        #expect(Duration.milliseconds(-1500).secondsRoundedUp == -1)
        #expect(Duration.seconds(Int64.max).secondsRoundedUp == .max)
        #expect((Duration.seconds(Int64.max) + .milliseconds(1)).secondsRoundedUp == .max)
    }
}

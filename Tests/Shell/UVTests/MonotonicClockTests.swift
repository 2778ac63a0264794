import MonotonicTime
import Testing
import UV

@Suite("The monotonic clock")
struct MonotonicClockTests {
    @Test("is the loop's, and never goes back")
    func sameClock() throws {
        let loop = try Loop()
        defer { loop.close() }
        var last = loop.now
        for _ in 0..<1000 {
            let here = monotonicNow()
            let there = loop.now
            #expect(last <= here && here <= there)
            last = there
        }
    }
}

import MonotonicTime
import Testing

@testable import fusebox

@Suite("The demo's countdown")
struct CountdownTests {
    private static func lines(_ seconds: [Double], onTerminal: Bool) -> [String] {
        let start = Instant(nanoseconds: 5)
        let countdown = Countdown(of: .seconds(12), from: start, isOnTerminal: onTerminal)
        return seconds.compactMap { countdown.nextLine(at: start.advanced(by: .seconds($0))) }
            .map { String($0.drop { $0 == " " }) }
    }

    @Test func `has a new text each second on a terminal`() {
        #expect(
            Self.lines([0, 0.1, 0.9, 1.5, 2, 11.5, 12, 13], onTerminal: true)
                == ["Half-Open in 12 s", "Half-Open in 11 s", "Half-Open in 10 s", "Half-Open in 0 s"])
    }

    @Test func `has a line every five seconds elsewhere`() {
        #expect(
            Self.lines([0, 0.1, 1, 4.5, 5, 5.1, 9, 10, 11, 12, 60], onTerminal: false)
                == ["Half-Open in 12 s", "Half-Open in 7 s", "Half-Open in 2 s"])
    }

    @Test func `goes not below zero`() {
        #expect(Self.lines([100], onTerminal: false) == ["Half-Open in 0 s"])
    }
}

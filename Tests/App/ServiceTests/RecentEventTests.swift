import CircuitBreaking
import Tasks
import Testing

@testable import Service

@Suite("The events that were told last")
struct RecentEventTests {
    private func told(_ numbers: ClosedRange<UInt64>) -> [ServiceEvent] {
        numbers.map {
            ServiceEvent(sequence: $0, time: WallTime(milliseconds: 0), bot: nil, kind: .serviceStarted)
        }
    }

    @Test func `begin behind the earlier run`() {
        var recent = RecentEvents(after: 41)
        #expect(recent.lastNumber == 41 && recent.first == 42)
        #expect(recent.events(after: 0, limit: 10).isEmpty)
        recent.take(told(42...44), keptThrough: 0)
        #expect(recent.lastNumber == 44 && recent.first == 42)
        #expect(recent.events(after: 42, limit: 10).map(\.sequence) == [43, 44])
        #expect(recent.events(after: 0, limit: 2).map(\.sequence) == [42, 43])
        #expect(recent.events(after: 44, limit: 2).isEmpty)
    }

    @Test func `are let go when they are on disk, but for some`() {
        var recent = RecentEvents(after: 0)
        let comfort = UInt64(RecentEvents.comfort)
        for number in 1...5 * comfort { recent.take(told(number...number), keptThrough: number - 1) }
        #expect(recent.first == 4 * comfort + 1 && recent.dropped == 0)
        #expect(recent.events(after: recent.first, limit: 1).map(\.sequence) == [recent.first + 1])
        recent.take(told(5 * comfort + 1...9 * comfort), keptThrough: 5 * comfort)
        #expect(recent.first == 5 * comfort + 1, "what is not on disk stays")
    }

    @Test func `are given up when there are far too many, and that is counted`() {
        var recent = RecentEvents(after: 0)
        let limit = UInt64(RecentEvents.limit)
        recent.take(told(1...limit), keptThrough: 0)
        #expect(recent.first == 1 && recent.dropped == 0)
        recent.take(told(limit + 1...limit + 7), keptThrough: 0)
        #expect(recent.first == 8 && recent.dropped == 7)
    }
}

@Suite("A page of events")
struct EventPageTests {
    private func event(_ number: UInt64, _ bot: String?, circuit: String? = nil) -> ServiceEvent {
        ServiceEvent(
            sequence: number, time: WallTime(milliseconds: 0), bot: bot.flatMap { BotID($0) },
            circuit: circuit.flatMap { CircuitName($0) },
            kind: circuit == nil
                ? .botStarted
                : .stateTransition(from: .closed, to: .open, reason: .manual, note: "a\nb", actor: nil))
    }

    private func ids(_ page: EventPage) -> [String] {
        String(decoding: page.bytes, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("id: ") }
            .map { String($0.dropFirst(4)) }
    }

    @Test func `says what is missing between two numbers, before the first and behind the last`() {
        var page = EventPage(after: 3, nil)
        page.add([event(6, "a"), event(7, "a"), event(9, "a")])
        page.close(through: 12)
        let text = String(decoding: page.bytes, as: UTF8.self)
        #expect(ids(page) == ["5", "6", "7", "8", "9", "12"] && page.position == 12 && page.lastID == 12)
        #expect(
            text.hasPrefix(
                "id: 5\nevent: gap\ndata: {\"event\":\"gap\",\"from\":4,\"to\":5}\n\n"
                    + "id: 6\nevent: bot_started\n"
            ))
        #expect(text.hasSuffix("data: {\"event\":\"gap\",\"from\":10,\"to\":12}\n\n"))
        let before = page.bytes
        page.close(through: 12)
        #expect(page.bytes == before)
    }

    @Test func `leaves out what the follower does not want, and moves on`() throws {
        let bot = try #require(BotID("a"))
        var page = EventPage(after: 0, EventFilter(bot: bot, circuit: CircuitName("c")))
        page.add([
            event(1, nil), event(2, "a"), event(3, "b"), event(4, "b", circuit: "c"),
            event(5, "b", circuit: "d"), event(6, "b"),
        ])
        #expect(ids(page) == ["2", "4"] && page.position == 6 && page.lastID == 4)
        let text = String(decoding: page.bytes, as: UTF8.self)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("data: ") } == 2, "one line each")
    }
}

@Suite("A follower of events")
struct EventFollowerTests {
    @Test func `is told in silence how far it is, when that has moved without a word`() throws {
        let bot = try #require(BotID("a"))
        let follower = EventFollower(after: 7, EventFilter(bot: bot, circuit: nil))
        var page = EventPage(after: 7, follower.filter)
        page.add([
            ServiceEvent(sequence: 8, time: WallTime(milliseconds: 0), bot: nil, kind: .serviceStopping)
        ])
        #expect(page.bytes.isEmpty)
        follower.send(page)
        #expect(follower.position == 8 && follower.knownID == 7)
        follower.breakSilence(with: SilenceTimer.comment)
        #expect(follower.knownID == 7, "not while it catches up")
        follower.isLive = true
        follower.breakSilence(with: SilenceTimer.comment)
        #expect(follower.knownID == 8)
    }
}

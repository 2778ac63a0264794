import CircuitBreaking
import JSON
import Tasks
import Telemetry
import Testing

@Suite("The lines of the event log")
struct EventLineTests {
    private static let start = #"{"timestamp":"2025-10-25T20:56:00Z","bot_id":"BOT-001","event":"#
    private static let service = #"{"timestamp":"2025-10-25T20:56:00Z","bot_id":null,"event":"#
    private static let end = #","seq":41,"at_ms":1761425760123}"#
    private static let task = #""task_id":"0199ffff-ffff-7001-8000-000000000001""#

    static let cases: [(ServiceEvent, String)] = [
        (
            transition(41),
            start + #""state_transition","from":"Closed","to":"Open","reason":"failure_threshold_exceeded""#
                + end
        ),
        (
            event(
                41, .stateTransition(from: .open, to: .halfOpen, reason: .manual, note: "by \"me\"\nat night")
            ),
            start + #""state_transition","from":"Open","to":"Half-Open","reason":"manual","#
                + #""note":"by \"me\"\nat night""# + end
        ),
        (
            event(
                41,
                .stateTransition(
                    from: .closed, to: .forcedOpen, reason: .manual, note: "locked", actor: "ops@host"),
                circuit: "anthropic"),
            start + #""state_transition","from":"Closed","to":"Forced-Open","reason":"manual","#
                + #""note":"locked","actor":"ops@host","circuit":"anthropic""# + end
        ),
        (
            event(41, .taskBlocked(state: .open, count: 2), circuit: "anthropic"),
            start + #""task_blocked","state":"Open","message":"Circuit breaker open, rejecting request","#
                + #""count":2,"circuit":"anthropic""# + end
        ),
        (
            blocked(41),
            start + #""task_blocked","state":"Open","message":"Circuit breaker open, rejecting request""#
                + end
        ),
        (
            event(41, .taskBlocked(state: .halfOpen, count: 250)),
            start
                + #""task_blocked","state":"Half-Open","message":"Circuit breaker open, rejecting request","#
                + #""count":250"# + end
        ),
        (event(41, .botStarted), start + #""bot_started""# + end),
        (event(41, .botStopped), start + #""bot_stopped""# + end),
        (event(41, .serviceStarted, bot: nil), service + #""service_started""# + end),
        (event(41, .serviceStopping, bot: nil), service + #""service_stopping""# + end),
        (event(41, .taskAccepted(someTask)), start + #""task_accepted","# + task + end),
        (
            event(41, .taskStarted(someTask, attempt: 3)),
            start + #""task_started","# + task + #","attempt":3"# + end
        ),
        (
            event(41, .taskFinished(someTask, status: .failed, .timedOut)),
            start + #""task_finished","# + task + #","status":"failed","class":"timed_out""# + end
        ),
        (
            event(41, .taskReplayed(someTask, notBefore: nil)),
            start + #""task_replayed","# + task + end
        ),
        (
            event(41, .taskReplayed(someTask, notBefore: WallTime(milliseconds: 0))),
            start + #""task_replayed","# + task + #","not_before":"1970-01-01T00:00:00.000Z""# + end
        ),
        (event(41, .taskCancelled(someTask)), start + #""task_cancelled","# + task + end),
    ]

    @Test("Every kind of event has exactly its bytes, fields in their order", arguments: cases)
    func exactBytes(event: ServiceEvent, text: String) {
        #expect(String(decoding: line(event), as: UTF8.self) == text + "\n")
    }

    @Test("A line is appended behind what the buffer holds")
    func appends() {
        var buffer = line(blocked(1))
        EventLine.format(blocked(2), into: &buffer)
        #expect(buffer == lines([blocked(1), blocked(2)]))
    }

    @Test("An event is written without a newline into a writer of somebody else")
    func writesIntoWriter() {
        var writer = JSONWriter()
        writer.array { EventLine.write(blocked(7), to: &$0) }
        #expect(writer.finish() == [UInt8(ascii: "[")] + line(blocked(7)).dropLast() + [UInt8(ascii: "]")])
    }

    @Test(
        "The bound of a line's size holds for the longest ids, numbers and notes",
        arguments: [0, 1, 40, 5000])
    func sizeBound(noteLength: Int) throws {
        let bot = try #require(BotID(String(repeating: "b", count: 64)))
        let worst = String(repeating: "\u{1F}", count: noteLength)
        let kinds: [ServiceEvent.Kind] = [
            .serviceStopping, .botStarted, .taskBlocked(state: .halfOpen, count: .max),
            .taskCancelled(someTask),
            .taskStarted(someTask, attempt: .max),
            .taskFinished(someTask, status: .cancelling, .gatewayError),
            .stateTransition(from: .halfOpen, to: .halfOpen, reason: .recoveryTimeoutElapsed, note: worst),
            .stateTransition(
                from: .metricsOnly, to: .metricsOnly, reason: .failureThresholdExceeded, note: worst,
                actor: worst),
        ]
        let circuit = CircuitName(String(repeating: "c", count: 64))
        for kind in kinds {
            let event = ServiceEvent(
                sequence: .max, time: WallTime(milliseconds: 253_402_300_799_999), bot: bot, circuit: circuit,
                kind: kind)
            #expect(line(event).count <= EventLine.sizeBound(of: event))
        }
    }
}

import CircuitBreaking
import JSON
import Tasks
import Telemetry
import Testing

/// 2025-10-25T20:56:00.123Z.
let someTime = WallTime(milliseconds: 1_761_425_760_123)
let someTask = TaskID(high: 0x0199_FFFF_FFFF_7001, low: 0x8000_0000_0000_0001)

func event(
    _ sequence: UInt64, _ kind: ServiceEvent.Kind, bot: String? = "BOT-001", circuit: String? = nil
) -> ServiceEvent {
    ServiceEvent(
        sequence: sequence, time: someTime, bot: bot.flatMap { BotID($0) },
        circuit: circuit.flatMap { CircuitName($0) }, kind: kind)
}

func transition(_ sequence: UInt64, note: String? = nil) -> ServiceEvent {
    event(
        sequence, .stateTransition(from: .closed, to: .open, reason: .failureThresholdExceeded, note: note))
}

func blocked(_ sequence: UInt64, count: Int = 1) -> ServiceEvent {
    event(sequence, .taskBlocked(state: .open, count: count))
}

func line(_ event: ServiceEvent) -> [UInt8] {
    var bytes: [UInt8] = []
    EventLine.format(event, into: &bytes)
    return bytes
}

func lines(_ events: [ServiceEvent]) -> [UInt8] { events.flatMap { line($0) } }

/// The numbers of the lines; fails the test unless every line is whole and is JSON.
func sequences(in bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> [UInt64] {
    var parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    #expect(parts.last?.isEmpty != false, "the last line has no newline", sourceLocation: sourceLocation)
    if parts.last?.isEmpty == true { parts.removeLast() }
    return parts.compactMap { part in
        let number = (try? JSONValue(parsing: Array(part)))?["seq"]?.int64Value
        #expect(
            number != nil, "not a line of ours: \(String(decoding: part, as: UTF8.self))",
            sourceLocation: sourceLocation)
        return number.map { UInt64($0) }
    }
}

import JSON
import Tasks

/// Where a rule finds the time, ready to be looked at.
enum UntilPlace: Sendable {
    case pattern(PatternID, Reading.Stream)
    case json(JSONPointer)

    func read(
        _ reading: inout Reading, at now: WallTime, by matcher: inout some PatternMatching,
        of rule: RuleOrigin, times: (String) -> WallTime?
    ) -> UntilFinding {
        guard let text = text(&reading, by: &matcher, of: rule) else { return .absent(place: place) }
        guard let time = times(text) else { return .notUnderstood(text: text) }
        guard time <= now.advanced(by: RuleLimits.longestWait) else { return .tooFar(time, text: text) }
        return .time(time, text: text)
    }

    private var place: String {
        switch self {
        case .pattern(_, let stream): stream.rawValue
        case .json(let pointer): "its JSON at \(pointer)"
        }
    }

    private func text(
        _ reading: inout Reading, by matcher: inout some PatternMatching, of rule: RuleOrigin
    ) -> String? {
        switch self {
        case .pattern(let pattern, let stream):
            let result = reading.search(for: pattern, in: stream, by: &matcher, of: rule)
            guard case .found(let range?) = result else { return nil }
            return Self.text(reading.bytes(of: stream).bytes[range])
        case .json(let pointer):
            guard let value = reading.document.flatMap({ pointer.value(in: $0) }) else { return nil }
            switch value {
            case .string(let text): return Self.text(Array(text.utf8)[...])
            case .number(let number): return Self.text(Array(number.text.utf8)[...])
            case .null, .bool, .array, .object: return nil
            }
        }
    }

    /// nil for nothing but blanks.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: bytes.prefix(RuleLimits.timeBytes), as: UTF8.self)
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }
}

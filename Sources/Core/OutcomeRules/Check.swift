import JSON

/// One thing that a rule asks.
enum Check: Sendable {
    case exitCode(Int32)
    case signal(String)
    case pattern(PatternID, String, Reading.Stream)
    case json(JSONTest, pattern: PatternID?)

    /// - Returns: what was seen, as a clause; nil when it does not hold.
    func holds(
        _ reading: inout Reading, by matcher: inout some PatternMatching, of rule: RuleOrigin
    ) -> String? {
        switch self {
        case .exitCode(let code):
            return reading.evidence.exit == .code(code) ? "the exit code is \(code)" : nil
        case .signal(let name):
            return reading.evidence.exit == .signal(name: name) ? "\(name) ended it" : nil
        case .pattern(let pattern, let text, let stream):
            guard case .found = reading.search(for: pattern, in: stream, by: &matcher, of: rule) else {
                return nil
            }
            return "\(stream.rawValue) matches \(text.shown)"
        case .json(let test, let pattern):
            return Self.holds(test, pattern, &reading, by: &matcher, of: rule)
        }
    }

    private static func holds(
        _ test: JSONTest, _ pattern: PatternID?, _ reading: inout Reading,
        by matcher: inout some PatternMatching, of rule: RuleOrigin
    ) -> String? {
        let value = reading.document.flatMap { test.pointer.value(in: $0) }
        switch (test.expectation, value) {
        case (.exists(true), _?): return "its JSON has \(test.pointer)"
        case (.exists(false), nil):
            return reading.document == nil
                ? "no line of its output is a JSON object or array" : "its JSON has no \(test.pointer)"
        case (.equals(let scalar), let value?) where scalar.equals(value):
            return "its JSON has \(scalar.description.shortened) at \(test.pointer)"
        case (.matches(let text), .string(let string)?):
            guard let pattern,
                case .found = reading.search(
                    for: pattern, in: string, at: test.pointer, by: &matcher, of: rule)
            else { return nil }
            return "its JSON has what matches \(text.shown) at \(test.pointer)"
        case (.exists, _), (.equals, _), (.matches, _): return nil
        }
    }
}

/// One end of an attempt while it is looked at.
struct Reading {
    enum Stream: String {
        case output = "stdout"
        case errorOutput = "stderr"
    }

    let evidence: Evidence
    /// The last line of standard output that is a JSON object or array, looked for once.
    private(set) lazy var document: JSONValue? = Self.lastDocument(of: evidence.output)
    /// Searches that were given up, a sentence each.
    private(set) var remarks: [String] = []
    /// What searches in the streams came to: several rules may look for the same.
    private var searched: [Place: PatternResult] = [:]

    private struct Place: Hashable {
        let pattern: PatternID
        let stream: Stream
    }

    init(_ evidence: Evidence) {
        self.evidence = evidence
    }

    func bytes(of stream: Stream) -> StreamEnd {
        switch stream {
        case .output: evidence.output
        case .errorOutput: evidence.errorOutput
        }
    }

    mutating func search(
        for pattern: PatternID, in stream: Stream, by matcher: inout some PatternMatching,
        of rule: RuleOrigin
    ) -> PatternResult {
        let place = Place(pattern: pattern, stream: stream)
        if let known = searched[place] { return known }
        let end = bytes(of: stream)
        let result = matcher.search(for: pattern, in: end.bytes, isCut: end.isCut)
        searched[place] = result
        note(result, stream.rawValue, rule)
        return result
    }

    mutating func search(
        for pattern: PatternID, in string: String, at pointer: JSONPointer,
        by matcher: inout some PatternMatching, of rule: RuleOrigin
    ) -> PatternResult {
        let result = matcher.search(for: pattern, in: Array(string.utf8)[...], isCut: false)
        note(result, "the JSON at \(pointer)", rule)
        return result
    }

    private mutating func note(_ result: PatternResult, _ place: String, _ rule: RuleOrigin) {
        guard case .givenUp(let limit) = result, remarks.count < Self.mostRemarks else { return }
        remarks.append(
            "Looking for the pattern of \(rule) in \(place) was given up: it \(limit.sentence).")
    }

    /// More would only say the same.
    private static let mostRemarks = 4

    /// A bare number or word is no document, as any log has lines of those; nor is the rest of a line whose
    /// beginning is not there.
    private static func lastDocument(of end: StreamEnd) -> JSONValue? {
        var rest = end.bytes
        while !rest.isEmpty {
            let newline = rest.lastIndex(of: UInt8(ascii: "\n"))
            let line = rest[(newline.map { $0 + 1 } ?? rest.startIndex)...]
            if newline == nil, end.isCut { return nil }
            if let document = document(line) { return document }
            guard let newline else { return nil }
            rest = rest[..<newline]
        }
        return nil
    }

    private static func document(_ line: ArraySlice<UInt8>) -> JSONValue? {
        let blanks: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        guard let first = line.first(where: { !blanks.contains($0) }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        return try? JSONValue(parsing: line.span, limits: JSONLimits(depth: RuleLimits.jsonDepth))
    }
}

extension String {
    /// A pattern as it is shown to people.
    var shown: String { "/\(shortened)/" }

    /// At most 80 characters, on one line and without control characters, which could move a terminal: what
    /// is said of an end is one short sentence.
    var shortened: String {
        let head = prefix(81).map { $0.unicodeScalars.allSatisfy(\.isShowable) ? $0 : " " }
        return head.count > 80 ? "\(String(head.prefix(80)))…" : String(head)
    }
}

extension Unicode.Scalar {
    fileprivate var isShowable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

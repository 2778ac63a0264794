import JSON
import OutcomeRules
import Tasks

/// Finds a pattern where its letters stand, up to the first `(`; what is behind them, to the end of the line,
/// is captured.
struct PlainSearches: PatternMatching {
    let patterns: [String]
    /// What each pattern is said to have come to instead.
    var given: [String: PatternResult] = [:]
    /// What was looked for, in its order.
    private(set) var searched: [String] = []

    init(_ book: RuleBook) { patterns = book.patterns }

    mutating func search(
        for pattern: PatternID, in bytes: ArraySlice<UInt8>, isCut: Bool
    ) -> PatternResult {
        let text = patterns[pattern.index]
        searched.append(text)
        if let result = given[text] { return result }
        let wanted = Array(text.prefix { $0 != "(" }.utf8)
        guard bytes.count >= wanted.count else { return .notFound }
        for start in bytes.startIndex...(bytes.endIndex - wanted.count)
        where bytes[start...].starts(with: wanted) {
            let rest = bytes[(start + wanted.count)...].prefix { $0 != UInt8(ascii: "\n") }
            return .found(captured: text.contains("(") ? rest.startIndex..<rest.endIndex : nil)
        }
        return .notFound
    }
}

let now = WallTime(milliseconds: 1_761_425_760_000)

extension Evidence {
    init(_ exit: Exit, stdout: String = "", stderr: String = "") {
        self.init(
            exit, output: StreamEnd(bytes: Array(stdout.utf8)[...]),
            errorOutput: StreamEnd(bytes: Array(stderr.utf8)[...]))
    }
}

extension RuleBook {
    /// Times are whole numbers of seconds from now on.
    func verdict(_ evidence: Evidence) -> RuleVerdict {
        var searches = PlainSearches(self)
        return classify(evidence, at: now, by: &searches) { text in
            Int64(text).map { now.advanced(by: .seconds($0)) }
        }
    }
}

/// A pointer that is known to be one.
func pointer(_ text: String) -> JSONPointer {
    guard let pointer = JSONPointer(text) else { preconditionFailure("\(text) is no pointer") }
    return pointer
}

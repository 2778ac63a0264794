import OutcomeRules
import Patterns

/// One search for one pattern.
func search(_ pattern: String, in text: some Sequence<UInt8>, isCut: Bool = false) throws -> PatternResult {
    var searches = try PatternSet([pattern]).searches()
    return searches.search(for: PatternID(index: 0), in: Array(text)[...], isCut: isCut)
}

/// What the first capture group stands for; nil when nothing is found, or captured.
func captured(_ pattern: String, in text: String) throws -> String? {
    let bytes = Array(text.utf8)
    guard case .found(let range?) = try search(pattern, in: bytes) else { return nil }
    return String(decoding: bytes[range], as: UTF8.self)
}

func isFound(_ pattern: String, in text: String, isCut: Bool = false) throws -> Bool {
    guard case .found = try search(pattern, in: text.utf8, isCut: isCut) else { return false }
    return true
}

/// A text of the size that rules look at, made of copies of a part, with an end of its own.
func filled(with part: String, end: String = "") -> [UInt8] {
    let part = Array(part.utf8)
    let count = RuleLimits.streamBytes - end.utf8.count
    return (0..<count).map { part[$0 % part.count] } + Array(end.utf8)
}

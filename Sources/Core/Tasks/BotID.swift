/// The name of a bot: 1–64 of `A–Z a–z 0–9 . _ -`, the first a letter or digit, and none of the reserved
/// words.
///
/// A value of this type is always valid; text from outside is parsed once, at the door.
package struct BotID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Words that would collide with routes under `/api/bot/` and `/api/bots`.
    package static let reserved: Set<String> = ["launch", "stop", "status", "bots"]

    /// What a bot id looks like, for error messages.
    package static let rule =
        "1–64 of A–Z a–z 0–9 . _ -, starting with a letter or digit, and not launch, stop, status or bots"

    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64, first.isLetterOrDigit else { return nil }
        let punctuation: Set<UInt8> = [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")]
        guard bytes.allSatisfy({ $0.isLetterOrDigit || punctuation.contains($0) }) else { return nil }
        guard !Self.reserved.contains(String(text)) else { return nil }
        self.text = String(text)
    }

    package var description: String { text }

    package static func < (left: BotID, right: BotID) -> Bool { left.text < right.text }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

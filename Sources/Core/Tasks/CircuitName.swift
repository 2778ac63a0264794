/// The name of a circuit that several bots share, such as the account at a provider that they all use. It
/// looks as a bot's id does.
package struct CircuitName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: some StringProtocol) {
        guard let id = BotID(text) else { return nil }
        self.text = id.text
    }

    package var description: String { text }

    package static func < (left: CircuitName, right: CircuitName) -> Bool { left.text < right.text }
}

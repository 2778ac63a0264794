/// What the processes of one data directory's service carry in their environment, so that the next service
/// of that directory knows them if this one is killed.
///
/// A service that itself runs as a bot of another one, with a directory of its own, passes the outer mark on
/// in front of its own: the outer one finds everything below it, the inner one only what is its own, and
/// nobody finds what a sibling started.
package struct ServiceMark: Hashable, Sendable {
    package static let variable = "FUSEBOX_SERVICE"
    /// 128 random bits as lower-case hexadecimal digits.
    package let text: String

    /// How many services may be nested and still find all that is below them.
    package static let deepest = 32
    private static let length = 32
    private static let separator = UInt8(ascii: ":")

    /// - Returns: nil when it is no mark.
    package init?(_ text: String) {
        guard Self.isMark(text.utf8) else { return nil }
        self.text = text
    }

    package init(high: UInt64, low: UInt64) {
        text = [high, low].map { bits in
            let digits = String(bits, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The value of the variable for what this service starts.
    ///
    /// - Parameter inherited: its value in the service's own environment. What is no mark in it is dropped.
    package func value(inheriting inherited: String?) -> String {
        let outer = (inherited ?? "").utf8.split(separator: Self.separator)
            .filter { Self.isMark($0) }.map { String(decoding: $0, as: UTF8.self) }
        return (outer.filter { $0 != text }.prefix(Self.deepest - 1) + [text]).joined(separator: ":")
    }

    /// Whether a process carries this mark.
    ///
    /// - Parameter environment: as `/proc/PID/environ` has it: `NAME=value`, each ended by a NUL.
    package func isCarried(by environment: [UInt8]) -> Bool {
        let name = Array("\(Self.variable)=".utf8)
        for entry in environment.split(separator: 0) where entry.starts(with: name) {
            let marks = entry.dropFirst(name.count).split(separator: Self.separator)
            if marks.contains(where: { $0.elementsEqual(text.utf8) }) { return true }
        }
        return false
    }

    private static func isMark(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count == length && bytes.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

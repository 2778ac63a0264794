/// An argument of a bot's program in which `{command}`, once or several times, stands for a task's command.
///
/// It is taken apart by bytes: to a comparison of characters a combining mark behind the place would hide it.
package struct ArgumentTemplate: Equatable, Sendable {
    /// The text around the places: one piece more than there are places.
    package let pieces: [String]

    private static let place = Array("{command}".utf8)

    package init(_ argument: String) {
        let bytes = Array(argument.utf8)
        var pieces: [String] = []
        var (start, index) = (0, 0)
        while index < bytes.count {
            if bytes[index...].starts(with: Self.place) {
                pieces.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += Self.place.count
                start = index
            } else {
                index += 1
            }
        }
        self.pieces = pieces + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    package var places: Int { pieces.count - 1 }
    package var startsWithPlace: Bool { places > 0 && pieces[0].isEmpty }

    /// How many bytes the argument has without any command.
    package var ownBytes: Int { pieces.reduce(0) { $0 + $1.utf8.count } }

    func filled(with command: String) -> String { pieces.joined(separator: command) }
}

/// Says the lines of a program that must not wait for whoever reads them: a full pipe that nobody empties
/// would stop the service. A line that does not go at once is dropped, and the next one that does says so.
final class LineOutlet {
    private let descriptor: Descriptor
    private var dropped = 0

    private static let cut = Array("…\n".utf8)

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    func say(_ line: String) {
        let isSaid = descriptor.offer(Self.bytes(of: notice + line))
        dropped = isSaid ? 0 : dropped + 1
    }

    /// What goes before the next line, and with it: alone it could take the last room.
    private var notice: String {
        switch dropped {
        case 0: ""
        case 1: "fusebox: a line was dropped here: nobody read it\n"
        default: "fusebox: \(dropped) lines were dropped here: nobody read them\n"
        }
    }

    /// The text with its end, cut to what can be written at once.
    private static func bytes(of text: String) -> [UInt8] {
        let whole = Array((text + "\n").utf8)
        guard whole.count > Descriptor.bytesAtOnce else { return whole }
        var kept = whole.prefix(Descriptor.bytesAtOnce - cut.count)
        // No character is cut in half.
        while let last = kept.last, last & 0b1100_0000 == 0b1000_0000 { kept.removeLast() }
        if let last = kept.last, last >= 0b1100_0000 { kept.removeLast() }
        return kept + cut
    }
}

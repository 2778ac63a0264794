/// Where the parts of one header or trailer line are (RFC 9112, section 5).
struct FieldLine {
    let known: KnownHeader?
    let name: Range<Int>
    /// Without the blanks around it.
    let value: Range<Int>

    /// - Parameters:
    ///   - bytes: whole lines, without control characters (see `scanLine`).
    ///   - line: the line to read, without its CRLF.
    static func parse(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Result<FieldLine, HTTPRefusal> {
        let index = line.lowerBound + bytes.countOf(.token, in: line)
        guard index < line.upperBound else {
            return .failure(.malformed("A header line has no colon.", at: line.lowerBound))
        }
        guard bytes[index] == UInt8(ascii: ":"), index > line.lowerBound else {
            return .failure(.malformed(complaint(about: bytes[index], at: index, of: line), at: index))
        }
        let name = line.lowerBound..<index
        return .success(
            FieldLine(
                known: KnownHeader(bytes.extracting(name)), name: name,
                value: bytes.trimmed(index + 1..<line.upperBound)))
    }

    private static func complaint(about byte: UInt8, at index: Int, of line: Range<Int>) -> String {
        switch (byte, index == line.lowerBound) {
        case (UInt8(ascii: ":"), _): "A header line has no name."
        case (.space, true), (.tab, true): "A header line starts with a blank; folded lines are not taken."
        case (.space, false), (.tab, false): "A blank stands between a header name and its colon."
        default: "A header name has a character that names do not have."
        }
    }
}

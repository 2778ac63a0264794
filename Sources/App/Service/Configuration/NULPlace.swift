/// Where a NUL character stands in a document, as itself or written as an escape.
///
/// The parser hands out C strings, which end at the first NUL: what follows would be lost in silence. So the
/// text is searched before. An escape counts wherever it stands, in a comment or a literal string too.
struct NULPlace {
    let line: Int
    let column: Int

    static func first(in text: String) -> NULPlace? {
        var line = 1
        var column = 1
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            var width = 1
            if scalar == "\\" {
                let escape = rest.dropFirst()
                if startsNUL(escape) { return NULPlace(line: line, column: column) }
                // The second backslash of a pair starts no escape of its own.
                if escape.first == "\\" { width = 2 }
            } else if scalar == "\0" {
                return NULPlace(line: line, column: column)
            }
            line += scalar == "\n" ? 1 : 0
            column = scalar == "\n" ? 1 : column + width
            rest = rest.dropFirst(width)
        }
        return nil
    }

    private static func startsNUL(_ escape: Substring.UnicodeScalarView) -> Bool {
        ["u0000", "U00000000", "x00"].contains { escape.starts(with: $0.unicodeScalars) }
    }
}

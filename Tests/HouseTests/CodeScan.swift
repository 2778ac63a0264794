/// Blanks out comments and the insides of strings, so that a check for a word finds it in code only. Lines
/// and columns stay where they are.
struct CodeScan {
    static func code(of text: String) -> String {
        var scan = CodeScan(bytes: Array(text.utf8))
        scan.run()
        return String(decoding: scan.bytes, as: UTF8.self)
    }

    private enum Context {
        /// Code inside `\( … )` of a string, with the parentheses open in it.
        case interpolation(open: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    private var bytes: [UInt8]
    private var index = 0
    private var contexts: [Context] = []

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() {
        while index < bytes.count {
            switch contexts.last {
            case .string(let hashes, let isMultiline): inString(hashes, isMultiline)
            case .interpolation(let open): inCode(open: open)
            case nil: inCode(open: nil)
            }
        }
    }

    private mutating func inCode(open: Int?) {
        if starts("//") {
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { blank(1) }
        } else if starts("/*") {
            blockComment()
        } else if let hashes = stringStart() {
            index += hashes
            let isMultiline = starts("\"\"\"")
            index += isMultiline ? 3 : 1
            contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
        } else {
            if let open { parenthesis(bytes[index], open: open) }
            index += 1
        }
    }

    private mutating func parenthesis(_ byte: UInt8, open: Int) {
        switch byte {
        case UInt8(ascii: "("): contexts[contexts.count - 1] = .interpolation(open: open + 1)
        case UInt8(ascii: ")") where open == 1: contexts.removeLast()
        case UInt8(ascii: ")"): contexts[contexts.count - 1] = .interpolation(open: open - 1)
        default: break
        }
    }

    private mutating func inString(_ hashes: Int, _ isMultiline: Bool) {
        let marks = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + marks
        if starts("\\" + marks + "(") {
            blank(hashes + 1)
            index += 1
            contexts.append(.interpolation(open: 1))
        } else if hashes == 0, starts("\\") {
            blank(2)
        } else if starts(end) || (!isMultiline && bytes[index] == UInt8(ascii: "\n")) {
            index += bytes[index] == UInt8(ascii: "\n") ? 1 : end.utf8.count
            contexts.removeLast()
        } else {
            blank(1)
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && index < bytes.count
    }

    /// The number of `#` before the quotation mark that begins here; nil when no string begins here.
    private func stringStart() -> Int? {
        var end = index
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - index : nil
    }

    private func starts(_ mark: String) -> Bool {
        var place = index
        for byte in mark.utf8 {
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
        }
        return true
    }

    private mutating func blank(_ count: Int) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] != UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
            index += 1
        }
    }
}

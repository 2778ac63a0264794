import Tasks

/// One line of what `strace -f -x -yy` writes, as far as the order of durability is concerned.
struct TraceLine {
    /// A system call as it begins.
    enum Call: Equatable {
        /// Bytes for the store's write-ahead log.
        case logWrite([UInt8])
        case logSync
        /// Bytes for a client.
        case answer([UInt8])
    }

    enum Kind: Equatable {
        /// Begun and ended with nothing in between.
        case whole(Call, result: Int)
        /// Begun; other threads come next.
        case begun(Call)
        /// The end of the call that the thread had begun.
        case ended(result: Int)
    }

    let thread: Int
    let kind: Kind
    /// A text was longer than strace was told to show.
    let isCut: Bool

    /// The file that matters, as the end of the path that strace shows for a descriptor.
    static let logSuffix = "fusebox.sqlite-wal>"

    /// Nil for lines that have nothing to do with it.
    init?(_ bytes: [UInt8]) {
        var scan = TraceScan(bytes)
        guard let thread = scan.takeNumber() else { return nil }
        scan.skipSpaces()
        self.thread = thread
        if scan.take("<... ") {
            guard let result = scan.resultAtEnd else { return nil }
            (kind, isCut) = (.ended(result: result), false)
            return
        }
        guard let name = scan.takeText(before: "("), let target = Self.target(&scan) else { return nil }
        let call: Call
        switch (target, name) {
        case (.log, "fdatasync"), (.log, "fsync"):
            (call, isCut) = (.logSync, false)
        case (.log, _):
            let (text, cut) = scan.takeQuoted()
            (call, isCut) = (.logWrite(text), cut)
        case (.client, _):
            let (text, cut) = scan.takeQuoted()
            (call, isCut) = (.answer(text), cut)
        }
        if scan.endsUnfinished {
            kind = .begun(call)
        } else {
            guard let result = scan.resultAtEnd else { return nil }
            kind = .whole(call, result: result)
        }
    }

    private enum Target { case log, client }

    /// What the descriptor in front stands for: `14</data/fusebox.sqlite-wal>`, `25<TCP:[here->there]>`.
    private static func target(_ scan: inout TraceScan) -> Target? {
        guard scan.takeNumber() != nil, scan.take("<") else { return nil }
        if scan.take("TCP") { return .client }
        return scan.takeText(through: ">", atMost: 512)?.hasSuffix(logSuffix) == true ? .log : nil
    }
}

/// Walks through the bytes of a line.
struct TraceScan {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func takeNumber() -> Int? {
        var number: Int?
        while position < bytes.count, (48...57).contains(bytes[position]) {
            number = (number ?? 0) &* 10 &+ Int(bytes[position] - 48)
            position += 1
        }
        return number
    }

    mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == 32 { position += 1 }
    }

    mutating func take(_ word: String) -> Bool {
        guard has(word, at: position) else { return false }
        position += word.utf8.count
        return true
    }

    mutating func takeText(before end: Character) -> String? {
        guard let text = takeText(through: end, atMost: 32) else { return nil }
        return String(text.dropLast())
    }

    mutating func takeText(through end: Character, atMost limit: Int) -> String? {
        let last = bytes.count < position + limit ? bytes.count : position + limit
        var next = position
        while next < last, bytes[next] != end.asciiValue { next += 1 }
        guard next < last else { return nil }
        defer { position = next + 1 }
        return String(decoding: bytes[position...next], as: UTF8.self)
    }

    /// All texts of the arguments in one, their escapes undone; and whether one of them was cut short.
    mutating func takeQuoted() -> (text: [UInt8], isCut: Bool) {
        var text: [UInt8] = []
        var isCut = false
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\"") else { continue }
            takeRest(ofTextInto: &text)
            if has("...", at: position) { isCut = true }
        }
        return (text, isCut)
    }

    private mutating func takeRest(ofTextInto text: inout [UInt8]) {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            text.append(byte == UInt8(ascii: "\\") ? takeEscaped() : byte)
        }
    }

    private mutating func takeEscaped() -> UInt8 {
        guard position < bytes.count else { return 0 }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "x"):
            let value = Self.digit(bytes[position]) << 4 | Self.digit(bytes[position + 1])
            position += 2
            return value
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "v"): return 11
        case UInt8(ascii: "f"): return 12
        default: return byte
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8 { byte < 58 ? byte - 48 : byte - 87 }

    var endsUnfinished: Bool {
        let mark = "<unfinished ...>"
        return has(mark, at: bytes.count - mark.utf8.count)
    }

    /// What the call returned: the number behind the last ` = `.
    var resultAtEnd: Int? {
        var start = bytes.count - 3
        while start >= 0, start > bytes.count - 200 {
            if has(" = ", at: start) {
                let text = String(decoding: bytes[(start + 3)...], as: UTF8.self)
                return Int(text.prefix { $0 == "-" || $0.isNumber })
            }
            start -= 1
        }
        return nil
    }

    private func has(_ word: String, at start: Int) -> Bool {
        guard start >= 0, start + word.utf8.count <= bytes.count else { return false }
        var index = start
        for byte in word.utf8 {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }
}

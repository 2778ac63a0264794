extension JSONValue {
    /// Reads bytes that are one JSON value and nothing else but white space around it.
    ///
    /// Strict by RFC 8259 and beyond it where the RFC leaves a choice: the bytes must be valid UTF-8 without
    /// a byte order mark, names within an object must differ, escaped surrogates must come in pairs, and
    /// nesting is limited.
    package init(parsing bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var reader = JSONReader(limits: limits)
        self = try reader.document(bytes)
    }

    package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: bytes.span, limits: limits)
    }

    package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: text.utf8Span.span, limits: limits)
    }
}

/// What a text may ask of its reader. Its size is limited by whoever gathers the bytes.
package struct JSONLimits: Equatable, Sendable {
    /// How many arrays and objects may be open within each other. Reading and writing use the stack.
    package var depth: Int

    package init(depth: Int = 64) {
        self.depth = depth
    }
}

/// Walks once over the bytes. They are handed to each step, as a stored span would need lifetime annotations.
struct JSONReader {
    let limits: JSONLimits
    var position = 0
    private var depth = 0

    init(limits: JSONLimits) {
        self.limits = limits
    }

    mutating func document(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw JSONError(.byteOrderMark, at: 0)
        }
        skipBlanks(bytes)
        guard position < bytes.count else { throw JSONError(.empty, at: position) }
        let value = try value(bytes, .value)
        skipBlanks(bytes)
        guard position == bytes.count else { throw JSONError(.bytesAfterValue, at: position) }
        return value
    }

    // MARK: - Values

    private mutating func value(
        _ bytes: Span<UInt8>, _ expectation: JSONError.Expectation
    ) throws(JSONError) -> JSONValue {
        guard position < bytes.count else { throw JSONError(.endsBefore(expectation), at: position) }
        switch bytes[position] {
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "{"):
            return try nested(bytes) { (reader, bytes) throws(JSONError) in
                .object(try reader.object(bytes))
            }
        case UInt8(ascii: "["):
            return try nested(bytes) { (reader, bytes) throws(JSONError) in
                .array(try reader.array(bytes))
            }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number(bytes))
        case UInt8(ascii: "t"): return try word("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return try word("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return try word("null", .null, bytes)
        default: throw JSONError(.expected(expectation), at: position)
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue, _ bytes: Span<UInt8>
    ) throws(JSONError) -> JSONValue {
        let start = position
        for byte in word.description.utf8 {
            guard position < bytes.count else { throw JSONError(.endsBefore(.word), at: position) }
            guard bytes[position] == byte else { throw JSONError(.expected(.word), at: start) }
            position += 1
        }
        return value
    }

    // MARK: - Arrays and objects

    /// Goes over an opening bracket or brace and counts it while `body` reads what it holds.
    private mutating func nested(
        _ bytes: Span<UInt8>,
        _ body: (inout JSONReader, Span<UInt8>) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depth < limits.depth else { throw JSONError(.tooDeep(limit: limits.depth), at: position) }
        depth += 1
        position += 1
        skipBlanks(bytes)
        let value = try body(&self, bytes)
        depth -= 1
        return value
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]"), bytes) { return elements }
        var expectation = JSONError.Expectation.valueOrBracket
        while true {
            elements.append(try value(bytes, expectation))
            skipBlanks(bytes)
            if take(UInt8(ascii: "]"), bytes) { return elements }
            try require(UInt8(ascii: ","), .commaOrBracket, bytes)
            expectation = .value
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONError) -> JSONObject {
        var object = JSONObject()
        if take(UInt8(ascii: "}"), bytes) { return object }
        var expectation = JSONError.Expectation.nameOrBrace
        while true {
            let name = try name(bytes, expectation, newIn: object)
            try require(UInt8(ascii: ":"), .colon, bytes)
            object.append(name, try value(bytes, .value))
            skipBlanks(bytes)
            if take(UInt8(ascii: "}"), bytes) { return object }
            try require(UInt8(ascii: ","), .commaOrBrace, bytes)
            expectation = .name
        }
    }

    private mutating func name(
        _ bytes: Span<UInt8>, _ expectation: JSONError.Expectation, newIn object: JSONObject
    ) throws(JSONError) -> String {
        guard position < bytes.count else { throw JSONError(.endsBefore(expectation), at: position) }
        guard bytes[position] == UInt8(ascii: "\"") else {
            throw JSONError(.expected(expectation), at: position)
        }
        let start = position
        let name = try string(bytes)
        guard object.position(of: name) == nil else { throw JSONError(.duplicateName(name), at: start) }
        skipBlanks(bytes)
        return name
    }

    // MARK: - Single bytes

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Goes over a mark and the blanks after it.
    private mutating func require(
        _ mark: UInt8, _ expectation: JSONError.Expectation, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        guard position < bytes.count else { throw JSONError(.endsBefore(expectation), at: position) }
        guard take(mark, bytes) else { throw JSONError(.expected(expectation), at: position) }
        skipBlanks(bytes)
    }
}

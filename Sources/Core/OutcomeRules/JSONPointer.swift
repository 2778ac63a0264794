package import JSON

/// A place within a JSON value (RFC 6901): `/error/type`, `/items/0`; empty for the whole value.
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    package let text: String
    private let tokens: [String]

    /// - Returns: nil when the text is no pointer: it is not empty and does not start with `/`, or a `~` is
    ///   followed by neither `0` nor `1`.
    package init?(_ text: String) {
        var tokens: [[UInt8]] = []
        var isEscaped = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0") where isEscaped: tokens[tokens.count - 1].append(UInt8(ascii: "~"))
            case UInt8(ascii: "1") where isEscaped: tokens[tokens.count - 1].append(UInt8(ascii: "/"))
            case _ where isEscaped: return nil
            case UInt8(ascii: "/"): tokens.append([])
            case _ where tokens.isEmpty: return nil
            case UInt8(ascii: "~"):
                isEscaped = true
                continue
            default: tokens[tokens.count - 1].append(byte)
            }
            isEscaped = false
        }
        guard !isEscaped else { return nil }
        self.text = text
        self.tokens = tokens.map { String(decoding: $0, as: UTF8.self) }
    }

    package var description: String { text.isEmpty ? "the whole value" : text }

    /// What stands at this place; nil when there is no such place.
    package func value(in document: JSONValue) -> JSONValue? {
        var value = document
        for token in tokens {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Self.index(token), index < elements.count else { return nil }
                value = elements[index]
            case .null, .bool, .number, .string: return nil
            }
        }
        return value
    }

    /// Digits without a zero in front. `-`, the place behind the last element, has nothing.
    private static func index(_ token: String) -> Int? {
        let digits = token.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.first != UInt8(ascii: "0") || digits.count == 1
        else { return nil }
        return Int(token)
    }
}

/// A value that a place can be compared with.
package enum JSONScalar: Equatable, Sendable, CustomStringConvertible {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)

    /// Texts are equal byte by byte, numbers by what they are, however they are spelled.
    package func equals(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.string(let text), .string): JSONValue.string(text) == value
        case (.integer(let number), .number(let other)): other.int64 == number
        case (.double(let number), .number(let other)): other.double == number
        case (.bool(let flag), .bool(let other)): flag == other
        case (.string, _), (.integer, _), (.double, _), (.bool, _): false
        }
    }

    package var description: String {
        switch self {
        case .string(let text): JSONValue.string(text).jsonText
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .bool(let flag): String(flag)
        }
    }
}

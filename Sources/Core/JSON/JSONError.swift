/// Why some bytes are not JSON as we take it, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: Reason
    /// The number of bytes before the one that is wrong; the number of all bytes when the end came too early.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// `byte 17: expected ',' or '}'`
    package var description: String { "byte \(offset): \(reason.sentence)" }

    package enum Reason: Equatable, Sendable {
        /// There is nothing but white space.
        case empty
        case byteOrderMark
        case expected(Expectation)
        /// The text ends where this was expected.
        case endsBefore(Expectation)
        case leadingZero
        /// A byte below 0x20 stands unescaped in a string.
        case controlCharacter(UInt8)
        case unknownEscape
        /// Half of a surrogate pair, written as an escape, without its other half.
        case loneSurrogate
        case invalidUTF8
        case duplicateName(String)
        /// More arrays and objects within each other than this many.
        case tooDeep(limit: Int)
        case bytesAfterValue
    }

    package enum Expectation: String, Equatable, Sendable {
        case value = "a value"
        case valueOrBracket = "a value or ']'"
        case name = "a name in double quotes"
        case nameOrBrace = "a name in double quotes or '}'"
        case colon = "':'"
        case commaOrBrace = "',' or '}'"
        case commaOrBracket = "',' or ']'"
        case word = "null, true or false"
        case digit = "a digit"
        case closingQuote = "the closing '\"' of a string"
        case escape = "the rest of an escape"
        case hexadecimalDigit = "a hexadecimal digit"
    }
}

extension JSONError.Reason {
    /// What is wrong, without a place.
    package var sentence: String {
        switch self {
        case .empty: "there is no value, the text is empty"
        case .byteOrderMark: "the text starts with a byte order mark, which JSON does not allow"
        case .expected(let expectation): "expected \(expectation.rawValue)"
        case .endsBefore(let expectation): "the text ends where \(expectation.rawValue) was expected"
        case .leadingZero: "a number must not start with a zero before other digits"
        case .controlCharacter(let byte):
            "the control character \(byte) must be escaped in a string"
        case .unknownEscape:
            "unknown escape; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits"
        case .loneSurrogate: "half of a surrogate pair stands alone"
        case .invalidUTF8: "the string is not valid UTF-8"
        case .duplicateName(let name): "the name \(name.debugDescription) stands twice in one object"
        case .tooDeep(let limit): "more than \(limit) arrays and objects within each other"
        case .bytesAfterValue: "expected the end of the text after the value"
        }
    }
}

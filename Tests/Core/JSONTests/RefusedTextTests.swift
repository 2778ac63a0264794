import JSON
import Testing

@Suite("Texts that are not JSON")
struct RefusedTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let error: JSONError
        init(_ text: String, _ reason: JSONError.Reason, at offset: Int) {
            self.init(Array(text.utf8), reason, at: offset)
        }
        init(_ bytes: [UInt8], _ reason: JSONError.Reason, at offset: Int) {
            (self.bytes, error) = (bytes, JSONError(reason, at: offset))
        }
        var testDescription: String { String(decoding: bytes, as: UTF8.self).debugDescription }
    }

    static let structure: [Case] = [
        Case("", .empty, at: 0), Case(" \n\t", .empty, at: 3), Case("\u{FEFF}null", .byteOrderMark, at: 0),
        Case("[", .endsBefore(.valueOrBracket), at: 1), Case("{", .endsBefore(.nameOrBrace), at: 1),
        Case("[1", .endsBefore(.commaOrBracket), at: 2), Case("[1,", .endsBefore(.value), at: 3),
        Case("[1,]", .expected(.value), at: 3), Case("[,1]", .expected(.valueOrBracket), at: 1),
        Case("[1 2]", .expected(.commaOrBracket), at: 3), Case("[1}", .expected(.commaOrBracket), at: 2),
        Case("[}", .expected(.valueOrBracket), at: 1), Case("]", .expected(.value), at: 0),
        Case("}", .expected(.value), at: 0), Case(",", .expected(.value), at: 0),
        Case("[1]]", .bytesAfterValue, at: 3),
        Case("{}{}", .bytesAfterValue, at: 2), Case("1 2", .bytesAfterValue, at: 2),
        Case("nullx", .bytesAfterValue, at: 4),
        Case("[1:2]", .expected(.commaOrBracket), at: 2), Case("{1:1}", .expected(.nameOrBrace), at: 1),
        Case("{a:1}", .expected(.nameOrBrace), at: 1), Case("{'a':1}", .expected(.nameOrBrace), at: 1),
        Case(#"{"a"}"#, .expected(.colon), at: 4), Case(#"{"a" "b"}"#, .expected(.colon), at: 5),
        Case(#"{"a","b"}"#, .expected(.colon), at: 4), Case(#"{"a":}"#, .expected(.value), at: 5),
        Case(#"{"a":1,}"#, .expected(.name), at: 7), Case(#"{"a":1 "b":2}"#, .expected(.commaOrBrace), at: 7),
        Case(#"{"a":1]"#, .expected(.commaOrBrace), at: 6), Case(#"{"a":1,,"b":2}"#, .expected(.name), at: 7),
        Case(#"{"a":1"#, .endsBefore(.commaOrBrace), at: 6), Case(#"{"a""#, .endsBefore(.colon), at: 4),
        Case(#"{"a":"#, .endsBefore(.value), at: 5), Case(#"{"a":1,"#, .endsBefore(.name), at: 7),
        Case("[1] // x", .bytesAfterValue, at: 4), Case("/* x */ 1", .expected(.value), at: 0),
        Case("[1,/**/2]", .expected(.value), at: 3), Case("\u{A0}1", .expected(.value), at: 0),
        Case("\u{0C}1", .expected(.value), at: 0), Case("1\0", .bytesAfterValue, at: 1),
        Case("\u{1E}{}", .expected(.value), at: 0), Case("é", .expected(.value), at: 0),
        Case([0xFF, 0xFE, 0x31, 0x00], .expected(.value), at: 0),
        Case([0x31, 0xFF], .bytesAfterValue, at: 1),
    ]

    static let words: [Case] = [
        Case("nul", .endsBefore(.word), at: 3), Case("nulL", .expected(.word), at: 0),
        Case("t", .endsBefore(.word), at: 1),
        Case("True", .expected(.value), at: 0), Case("tru e", .expected(.word), at: 0),
        Case("[falsy]", .expected(.word), at: 1), Case("NaN", .expected(.value), at: 0),
        Case("Infinity", .expected(.value), at: 0), Case("undefined", .expected(.value), at: 0),
    ]

    static let numbers: [Case] = [
        Case("-", .endsBefore(.digit), at: 1), Case("-a", .expected(.digit), at: 1),
        Case("+1", .expected(.value), at: 0),
        Case("01", .leadingZero, at: 0), Case("-01", .leadingZero, at: 1), Case("00", .leadingZero, at: 0),
        Case(".5", .expected(.value), at: 0), Case("1.", .endsBefore(.digit), at: 2),
        Case("[1.]", .expected(.digit), at: 3), Case("1.e5", .expected(.digit), at: 2),
        Case("1..2", .expected(.digit), at: 2),
        Case("1e", .endsBefore(.digit), at: 2), Case("1e+", .endsBefore(.digit), at: 3),
        Case("1e+-1", .expected(.digit), at: 3), Case("1e1.5", .bytesAfterValue, at: 3),
        Case("0x10", .bytesAfterValue, at: 1),
        Case("1_000", .bytesAfterValue, at: 1), Case("--1", .expected(.digit), at: 1),
        Case("- 1", .expected(.digit), at: 1),
        Case("-Infinity", .expected(.digit), at: 1), Case("1-1", .bytesAfterValue, at: 1),
        Case("１", .expected(.value), at: 0),
    ]

    static let strings: [Case] = [
        Case(#"""#, .endsBefore(.closingQuote), at: 1), Case(#""abc"#, .endsBefore(.closingQuote), at: 4),
        Case(#""\""#, .endsBefore(.closingQuote), at: 3), Case(#""\"#, .endsBefore(.escape), at: 2),
        Case("'a'", .expected(.value), at: 0), Case("\"a\nb\"", .controlCharacter(10), at: 2),
        Case("\"\t\"", .controlCharacter(9), at: 1), Case("\"\0\"", .controlCharacter(0), at: 1),
        Case("\"ab\u{1F}\"", .controlCharacter(31), at: 3), Case(#""\a""#, .unknownEscape, at: 1),
        Case(#""\x41""#, .unknownEscape, at: 1), Case(#""\U0041""#, .unknownEscape, at: 1),
        Case(#""ab\'""#, .unknownEscape, at: 3),
        Case(#""\é""#, .unknownEscape, at: 1), Case("\"\\\n\"", .unknownEscape, at: 1),
        Case(#""\u004""#, .expected(.hexadecimalDigit), at: 6),
        Case(#""\u00g0""#, .expected(.hexadecimalDigit), at: 5),
        Case(#""\u"#, .endsBefore(.hexadecimalDigit), at: 3),
        Case(#""\u-041""#, .expected(.hexadecimalDigit), at: 3),
        Case(#""\u00４1""#, .expected(.hexadecimalDigit), at: 5),
    ]

    static let surrogates: [Case] = [
        Case(#""\ud83e""#, .loneSurrogate, at: 1), Case(#""\udd16""#, .loneSurrogate, at: 1),
        Case(#""a\ud83ex""#, .loneSurrogate, at: 2), Case(#""\ud83e\n""#, .loneSurrogate, at: 1),
        Case(#""\ud83e\u0041""#, .loneSurrogate, at: 1),
        Case(#""\ud83e\ud83e\udd16""#, .loneSurrogate, at: 1),
        Case(#""\udd16\ud83e""#, .loneSurrogate, at: 1), Case(#""\uD800\uDBFF""#, .loneSurrogate, at: 1),
        Case(#""\uD800\uE000""#, .loneSurrogate, at: 1), Case(#""\ud83e"#, .endsBefore(.escape), at: 7),
        Case(#""\ud83e\"#, .endsBefore(.escape), at: 8),
        Case(#""\ud83e\udd1"#, .endsBefore(.hexadecimalDigit), at: 12),
    ]

    @Test("A wrong text is refused, with its reason and its place", arguments: structure + words + numbers)
    func refuses(_ item: Case) {
        #expect(throws: item.error) { try JSONValue(parsing: item.bytes) }
    }

    @Test("A wrong string is refused, with its reason and its place", arguments: strings + surrogates)
    func refusesString(_ item: Case) {
        #expect(throws: item.error) { try JSONValue(parsing: item.bytes) }
    }

    /// Ill-formed by the Unicode Standard, table 3-7; the second number is the place of the first byte that
    /// is wrong.
    static let notUTF8: [([UInt8], Int)] = [
        ([0x80], 0), ([0xBF], 0), ([0xFF], 0), ([0xFE], 0), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0),
        ([0xE0, 0x80, 0x80], 0), ([0xE0, 0x9F, 0xBF], 0), ([0xF0, 0x80, 0x80, 0x80], 0),
        ([0xF0, 0x8F, 0xBF, 0xBF], 0),
        ([0xED, 0xA0, 0x80], 0), ([0xED, 0xBF, 0xBF], 0), ([0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], 0),
        ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xC3], 0), ([0xE2, 0x82], 0),
        ([0xF0, 0x9F, 0xA4], 0), ([0xC3, 0x28], 0), ([0x61, 0xC3, 0xA9, 0xFF], 3),
        ([0x61, 0x5C, 0x6E, 0xFF, 0x62], 3),
        ([0xC3, 0x5C, 0x6E, 0xA9], 0),
    ]

    @Test("Bytes that are not UTF-8 are refused where they stand", arguments: notUTF8)
    func refusesInvalidUTF8(bytes: [UInt8], offset: Int) {
        let quote = [UInt8(ascii: "\"")]
        #expect(throws: JSONError(.invalidUTF8, at: offset + 1)) {
            try JSONValue(parsing: quote + bytes + quote)
        }
        let prefix = Array(#"{"é":"#.utf8)
        #expect(throws: JSONError(.invalidUTF8, at: offset + 1 + prefix.count)) {
            try JSONValue(parsing: prefix + quote + bytes + quote + [UInt8(ascii: "}")])
        }
    }

    @Test("An error says its place and what was expected there")
    func sentences() {
        let cases: [(String, String)] = [
            (#"{"a":1 "b":2}"#, "byte 7: expected ',' or '}'"),
            ("", "byte 0: there is no value, the text is empty"),
            ("[1", "byte 2: the text ends where ',' or ']' was expected"),
            (#"{"a\n":1,"a\n":2}"#, #"byte 9: the name "a\n" stands twice in one object"#),
            ("\"\u{1}\"", "byte 1: the control character 1 must be escaped in a string"),
            ("[1] x", "byte 4: expected the end of the text after the value"),
        ]
        for (text, sentence) in cases {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(error?.description == sentence)
        }
    }
}

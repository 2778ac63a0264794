import JSON
import Testing

@testable import Service

@Suite("Output as JSON can hold it")
struct OutputTextTests {
    @Test(
        arguments: [
            ([], 0), ([0x61], 1), (Array("aé".utf8), 3), ([0x61, 0xC3], 1), ([0xC3], 0), ([0xE2, 0x82], 0),
            ([0x61, 0xE2, 0x82], 1), (Array("€".utf8), 3), ([0xF0, 0x9F, 0x98], 0), (Array("😀".utf8), 4),
            ([0x80, 0x80, 0x80, 0x80], 4), ([0xFF], 0), ([0x61, 0xFF, 0x61], 3),
        ] as [([UInt8], Int)])
    func `ends with a whole character`(bytes: [UInt8], count: Int) {
        #expect(OutputText.wholeCount(bytes) == count)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `is base64 as RFC 4648 has it`(text: String, base64: String) {
        #expect(OutputText.base64(Array(text.utf8)) == base64)
        #expect(OutputText.base64([0xFB, 0xFF, 0xFE]) == "+//+")
    }

    @Test func `knows its place as text`() {
        #expect(OutputPosition("2:1024") == OutputPosition(attempt: 2, offset: 1024))
        #expect(OutputPosition(attempt: 2, offset: 0).text == "2:0")
        for text in ["", ":", "1", "0:1", "1:", "+1:1", "1:1 "] {
            #expect(OutputPosition(text) == nil, "\(text)")
        }
    }
}

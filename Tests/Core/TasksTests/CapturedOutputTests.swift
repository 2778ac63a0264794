import Testing

@testable import Tasks

@Suite("Captured output")
struct CapturedOutputTests {
    @Test func `is empty unless told otherwise`() {
        let output = CapturedOutput()
        #expect(output.text.isEmpty)
        #expect(output.byteCount == 0)
        #expect(!output.isTruncated)
    }

    @Test func `is all of a short stream`() {
        let output = CapturedOutput(head: Array("done ✓\n".utf8))
        #expect(output.text == "done ✓\n")
        #expect(output.byteCount == 9)
        #expect(!output.isTruncated)
    }

    @Test func `without a gap is one text, even when a character lies across head and tail`() {
        let bytes = Array("a✓b".utf8)
        for cut in 0...bytes.count {
            let output = CapturedOutput(head: Array(bytes[..<cut]), tail: Array(bytes[cut...]))
            #expect(!output.isTruncated)
            #expect(output.text == "a✓b")
        }
    }

    @Test func `says how many bytes were left out between head and tail`() {
        let output = CapturedOutput(head: Array("begin".utf8), tail: Array("end".utf8), byteCount: 1008)
        #expect(output.isTruncated)
        #expect(output.text == "begin\n[… 1000 bytes left out …]\nend")
    }

    @Test func `says it too when nothing of the end was kept`() {
        let output = CapturedOutput(head: Array("begin".utf8), byteCount: 6)
        #expect(output.text == "begin\n[… 1 byte left out …]\n")
    }

    @Test func `shows invalid UTF-8, and a character that the gap cut, as U+FFFD`() {
        #expect(CapturedOutput(head: [0x61, 0xFF, 0x62]).text == "a\u{FFFD}b")
        let check = Array("✓".utf8)
        let output = CapturedOutput(head: Array(check[..<2]), tail: Array(check[2...]), byteCount: 100)
        #expect(output.text == "\u{FFFD}\n[… 97 bytes left out …]\n\u{FFFD}")
    }

    @Test func `keeps a NUL and a carriage return as they are`() {
        #expect(CapturedOutput(head: [0x61, 0, 0x0D, 0x0A]).text == "a\0\r\n")
    }

    @Test func `is not truncated when told of fewer bytes than it has`() {
        let output = CapturedOutput(head: [0x61, 0x62], tail: [0x63], byteCount: 1)
        #expect(!output.isTruncated)
        #expect(output.text == "abc")
    }
}

@Suite("An outcome")
struct OutcomeTests {
    @Test func `is told in the words that the API and the store use`() {
        #expect(
            OutcomeClass.allCases.map(\.rawValue) == [
                "ok", "failed", "throttled", "unauthorized", "timed_out", "crashed", "spawn_failed",
                "caller_error", "gateway_error", "lost", "cancelled", "expired", "ignored",
            ])
    }
}

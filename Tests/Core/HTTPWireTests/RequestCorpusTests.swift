import HTTPWire
import Testing

@Suite("Every request of the corpus comes out the same in any pieces")
struct RequestCorpusTests {
    @Test("good ones are read in full", arguments: GoodRequest.all)
    func good(entry: GoodRequest) {
        #expect(parse(entry.bytes) == entry.expected.map { .request($0) })
    }

    @Test("bad ones are refused with the right status", arguments: BadRequest.all)
    func bad(entry: BadRequest) {
        #expect(refusedStatus(parse(entry.bytes)) == entry.status)
    }

    @Test("a refusal has a sentence and a place inside the stream", arguments: BadRequest.all)
    func place(entry: BadRequest) {
        guard case .refused(let refusal) = parse(entry.bytes).last else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason.hasSuffix(".") && refusal.reason.count > 10)
        #expect((0...entry.bytes.count).contains(refusal.byteOffset))
    }

    @Test("good ones byte by byte and cut at every place", arguments: GoodRequest.all)
    func goodInPieces(entry: GoodRequest) {
        expectSameInPieces(entry.bytes)
    }

    @Test("bad ones byte by byte and cut at every place", arguments: BadRequest.all)
    func badInPieces(entry: BadRequest) {
        expectSameInPieces(entry.bytes)
    }

    private func expectSameInPieces(_ bytes: [UInt8]) {
        let whole = parse(bytes)
        #expect(parse(bytes, cuts: everyCut(of: bytes)) == whole, "byte by byte")
        for cut in 1..<bytes.count {
            #expect(parse(bytes, cuts: [cut]) == whole, "cut at \(cut)")
        }
    }

    @Test("a good one cut off anywhere is unfinished, never complete or refused", arguments: GoodRequest.all)
    func cutOff(entry: GoodRequest) {
        guard entry.expected.count == 1 else { return }
        for end in 1..<entry.bytes.count {
            #expect(parse(Array(entry.bytes[..<end])) == [.unfinished], "cut off at \(end)")
        }
    }

    @Test("once refused, a parser stays so and takes nothing more")
    func staysRefused() {
        var parser = RequestParser()
        var position = 0
        let first = parser.advance(over: Array("GET  / HTTP/1.1\r\n".utf8).span, from: &position)
        position = 0
        let second = parser.advance(
            over: Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8).span, from: &position)
        #expect(first == second)
        #expect(position == 0)
    }
}

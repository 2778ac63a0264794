import HTTPWire
import SeededRandom
import Testing

private func written(_ events: [ServerSentEvent]) -> [UInt8] {
    var output: [UInt8] = []
    for event in events { event.append(to: &output) }
    return output
}

private func written(id: String? = nil, name: String = "", _ data: String) -> String {
    text(written([ServerSentEvent(id: id, name: name, data: Array(data.utf8))]))
}

/// What a reader makes of a text that comes in pieces of so many bytes.
private func read(_ bytes: [UInt8], piece: Int = .max) -> (
    events: [ServerSentEvent], parser: EventStreamParser
) {
    var parser = EventStreamParser()
    var events: [ServerSentEvent] = []
    var position = 0
    while position < bytes.count {
        let part = Array(bytes[position...].prefix(piece))
        let isTaken = parser.take(part.span) { events.append($0) }
        #expect(isTaken)
        position += part.count
    }
    return (events, parser)
}

private func read(_ source: String) -> [ServerSentEvent] { read(Array(source.utf8)).events }

private func event(_ data: String, id: String? = nil, name: String = "") -> ServerSentEvent {
    ServerSentEvent(id: id, name: name, data: Array(data.utf8))
}

@Suite("A server-sent event, written")
struct ServerSentEventTests {
    @Test func hasItsIdItsNameAndItsData() {
        #expect(written(id: "41", name: "gap", "{}") == "id: 41\nevent: gap\ndata: {}\n\n")
        #expect(written("x") == "data: x\n\n")
        #expect(written("") == "data: \n\n")
    }

    @Test(arguments: ["a\nb", "a\rb", "a\r\nb"])
    func hasALineForEachLineOfItsData(data: String) {
        #expect(written(data) == "data: a\ndata: b\n\n")
    }

    @Test func keepsEmptyLines() {
        #expect(written("\n") == "data: \ndata: \n\n")
        #expect(written("\r\r\n\n") == "data: \ndata: \ndata: \ndata: \n\n")
        #expect(written("end\r") == "data: end\ndata: \n\n")
    }

    @Test func letsNothingAddAField() {
        #expect(
            written(id: "1\ndata: x", name: "a\r\nid: 2", "") == "id: 1 data: x\nevent: a  id: 2\ndata: \n\n")
    }

    @Test func canSayOnlyWhereTheStreamIs() {
        var output: [UInt8] = []
        output.append(eventStreamPosition: "7", retryMilliseconds: 1500)
        output.append(eventStreamPosition: "9")
        output.appendEventStreamComment()
        #expect(text(output) == "retry: 1500\nid: 7\n\nid: 9\n\n:\n\n")
        let (events, parser) = read(output)
        #expect(events.isEmpty && parser.lastID == "9" && parser.retryMilliseconds == 1500)
    }
}

@Suite("A stream of server-sent events, read")
struct EventStreamParserTests {
    @Test func isThatOfTheStandard() {
        // The examples of the HTML Living Standard, section 9.2.6.
        #expect(read("data: YHOO\ndata: +2\ndata: 10\n\n") == [event("YHOO\n+2\n10")])
        let second =
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"
        #expect(read(second) == [event("first event", id: "1"), event("second event", id: "")])
        #expect(read("data\n\ndata\ndata\n\ndata:") == [event(""), event("\n")])
        #expect(read("data:test\n\ndata: test\n\n") == [event("test"), event("test")])
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func endsItsLinesInAnyWay(end: String) {
        let source = ["event: a", "data: 1", "", "data: 2", "", ""].joined(separator: end)
        #expect(read(source) == [event("1", name: "a"), event("2")])
    }

    @Test func passesOverWhatItDoesNotKnow() {
        let source =
            "\u{FEFF}: hello\nfoo: bar\nid: 1\u{0}\nretry: soon\nretry:\nretry: 1234567890\ndata: x\n\n"
        let (events, parser) = read(Array(source.utf8))
        #expect(events == [event("x")] && parser.lastID == nil && parser.retryMilliseconds == nil)
    }

    @Test func remembersAnIdOnlyWhenItsEventIsWhole() {
        let (events, parser) = read(Array("id: 1\ndata: x\n\nid: 2\ndata: y\n".utf8))
        #expect(events == [event("x", id: "1")] && parser.lastID == "1")
    }

    @Test func takesNoEventThatIsTooLong() {
        var parser = EventStreamParser(longestEvent: 32)
        var events = 0
        let isShortTaken = parser.take(Array("data: 0123456789\n\n".utf8).span) { _ in events += 1 }
        #expect(isShortTaken && events == 1)
        let long = Array(String(repeating: "data: 0123456789\n", count: 4).utf8)
        let isLongTaken = parser.take(long.span) { _ in events += 1 }
        #expect(!isLongTaken && events == 1)
        let isRestTaken = parser.take(Array("\n\ndata: 1\n\n".utf8).span) { _ in events += 1 }
        #expect(!isRestTaken && events == 1)
    }

    @Test(arguments: 1...50)
    func givesBackWhatWasWrittenInAnyPieces(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var id: String?
        let events = (0..<20).map { _ in
            if Bool.random(using: &random) { id = String(Int.random(in: 0...1000, using: &random)) }
            let letters = Array("ab:\n é\u{0}".utf8)
            let length = Int.random(in: 0...30, using: &random)
            let data = (0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }
            return ServerSentEvent(
                id: id, name: ["", "gap", "x y"].randomElement(using: &random) ?? "", data: data)
        }
        let piece = Int.random(in: 1...50, using: &random)
        #expect(read(written(events), piece: piece).events == events, "seed \(seed)")
    }
}

@Suite("A body that is sent in pieces")
struct PieceTests {
    private func head(isChunked: Bool) -> String {
        var output: [UInt8] = []
        HTTPResponse(.ok, contentType: "text/event-stream", headers: [HTTPField("A", "b")])
            .appendStreamHead(to: &output, date: [], isChunked: isChunked)
        return text(output)
    }

    @Test func hasAHeadWithoutALength() {
        #expect(
            head(isChunked: true) == "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                + "Transfer-Encoding: chunked\r\nA: b\r\nConnection: close\r\n\r\n")
        #expect(!head(isChunked: false).contains("chunked"))
    }

    @Test func isReadPieceByPiece() {
        let piece = HTTPPiece(Array("hello, world, once more".utf8))
        #expect(text(piece.bytes(isChunked: true)) == "17\r\nhello, world, once more\r\n")
        #expect(text(piece.bytes(isChunked: false)) == "hello, world, once more")
        var limits = HTTPLimits()
        limits.bodyBytes = 32
        var parser = ResponseParser(limits: limits)
        func advance(_ bytes: [UInt8]) -> ResponseParser.Progress {
            var position = 0
            return parser.advance(over: bytes.span, from: &position)
        }
        let whole = Array(head(isChunked: true).utf8)
        _ = advance(Array(whole.dropLast(2)))
        let early = parser.headOfResponse
        #expect(early == nil)
        _ = advance(Array(whole.suffix(2)))
        let late = parser.headOfResponse
        #expect(late?.contentType == "text/event-stream" && late?.value(named: "a") == "b")
        for _ in 0..<5 {
            let progress = advance(piece.bytes(isChunked: true))
            let part = parser.takePart()
            #expect(progress == .needsMore && text(part) == "hello, world, once more")
        }
        let (end, rest) = (advance(HTTPPiece.end), parser.takePart())
        #expect(end == .complete && rest.isEmpty)
    }
}

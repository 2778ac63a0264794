import HTTPWire
import Testing

@Suite("The request parser")
struct RequestParserTests {
    @Test("says how much it took, so that the next request starts there")
    func consumption() {
        let bytes = Array("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2".utf8)
        var parser = RequestParser()
        var position = 0
        expect(parser.advance(over: bytes.span, from: &position), is: .complete)
        #expect(position == 28)
        expect(parser.bytesTaken, is: 28)
        parser.nextRequest()
        expect(parser.bytesTaken, is: 0)
        expect(parser.advance(over: bytes.span, from: &position), is: .needsMore)
        #expect(position == bytes.count)
        expect(parser.bytesTaken, is: 6)
    }

    @Test("tells a head from a body that is awaited")
    func phases() {
        var parser = RequestParser()
        feed(&parser, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n")
        expect(parser.isReadingBody, is: false)
        feed(&parser, "\r\n")
        expect(parser.isReadingBody, is: true)
        feed(&parser, "a")
        expect(parser.isReadingBody, is: true)
        feed(&parser, "b")
        expect(parser.isReadingBody, is: false)
    }

    @Test("gives offsets that count from the start of the refused request, not of the stream")
    func offsets() {
        let good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        let bad = "GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n"
        guard case .refused(let refusal) = parse(good + bad).last else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.byteOffset == 26)
    }

    @Test("finds a wrong character, a broken escape and a query at any place of a long target and name")
    func placesInLongLines() {
        for place in 0..<70 {
            let start = String(repeating: "aB3-._", count: 12).prefix(place)
            for (target, offset) in [
                ("/\(start)\"rest-of-it-is-good", 5 + place), ("/\(start)%zz0123456789abcdef", 5 + place),
            ] {
                let refused = parse("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n").last
                guard case .refused(let refusal)? = refused else {
                    Issue.record("\(target) is not refused")
                    continue
                }
                #expect(refusal.byteOffset == offset)
            }
            var parser = RequestParser()
            feed(&parser, "GET /\(start)?q=\(start) HTTP/1.1\r\nHost: h\r\nX\(start)!: v\r\n\r\n")
            let (path, query) = (Array(parser.request.path), Array(parser.request.query ?? []))
            #expect(path == Array("/\(start)".utf8) && query == Array("q=\(start)".utf8))
            let value = parser.request.value(named: "x\(start)!").map { Array($0) }
            #expect(value == Array("v".utf8))
        }
    }

    @Test(
        "gives offsets into chunked bodies",
        arguments: [("1\r\nxy", 60), ("z\r\n", 56), ("0\r\nA: b\r\n: c\r\n", 65)])
    func chunkOffsets(body: String, offset: Int) {
        guard case .refused(let refusal) = parse(GoodRequest.chunked(body)).last else {
            Issue.record("not refused")
            return
        }
        #expect(GoodRequest.chunked("").utf8.count == 56)
        #expect(refusal.byteOffset == offset)
    }

    @Test("wants an interim answer from the head's end until the first byte of the body")
    func expectation() {
        for framing in ["Content-Length: 2", "Transfer-Encoding: chunked"] {
            var parser = RequestParser()
            feed(&parser, "POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\nExpect: 100-Continue\r\n")
            expect(parser.awaitsContinue, is: false)
            feed(&parser, "\r\n")
            expect(parser.awaitsContinue, is: true)
            feed(&parser, "1")
            expect(parser.awaitsContinue, is: false)
        }
    }

    @Test("wants the interim answer once")
    func expectationOnce() {
        var parser = RequestParser()
        feed(&parser, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        parser.continueSent()
        expect(parser.awaitsContinue, is: false)
        feed(&parser, "ab")
        parser.nextRequest()
        feed(&parser, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")
        expect(parser.awaitsContinue, is: false, "an expectation ends with its request")
    }

    @Test("wants no interim answer without a body, nor in HTTP/1.0")
    func noExpectation() {
        var parser = RequestParser()
        feed(&parser, "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n")
        expect(parser.awaitsContinue, is: false)
        var older = RequestParser()
        feed(&older, "POST / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        expect(older.awaitsContinue, is: false)
    }

    @Test("leaves nothing of one request in the next")
    func reuse() {
        var parser = RequestParser()
        feed(&parser, GoodRequest.chunked("3;x\r\nabc\r\n0\r\nA: b\r\n\r\n"))
        parser.nextRequest()
        feed(&parser, "GET http://x/p?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\nA: b\r\n\r\n")
        parser.nextRequest()
        feed(&parser, "GET / HTTP/1.1\r\nHost: i\r\n\r\n")
        expect(ParsedRequest(parser.request), is: ParsedRequest().with { $0.host = "i" })
    }

    @Test("gives a body away and starts the next one empty")
    func takenBody() {
        var parser = RequestParser()
        feed(&parser, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
        expect(text(parser.request.takeBody()), is: "abc")
        expect(parser.request.body.isEmpty, is: true)
        parser.nextRequest()
        feed(&parser, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nd")
        expect(text(parser.request.body), is: "d")
    }

    private func feed(_ parser: inout RequestParser, _ text: String) {
        var position = 0
        _ = parser.advance(over: Array(text.utf8).span, from: &position)
    }
}

@Suite("The headers of a request")
struct RequestHeaderTests {
    private func withRequest(_ headers: String, _ body: (borrowing HTTPRequest) -> Void) {
        let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n\(headers)\r\n".utf8)
        var parser = RequestParser()
        var position = 0
        expect(parser.advance(over: bytes.span, from: &position), is: .complete)
        body(parser.request)
    }

    @Test("are known by name in any case", arguments: KnownHeader.allCases)
    func known(header: KnownHeader) {
        let unusable: Set<KnownHeader> = [.host, .contentLength, .transferEncoding, .expect]
        guard !unusable.contains(header) else { return }
        for name in [header.rawValue, header.rawValue.uppercased()] {
            withRequest("x-\(name): 1\r\n\(name): 2\r\n\(name)x: 3\r\n") { request in
                expect(request.value(of: header).map { text($0) }, is: "2")
                expect(request.value(named: name).map { text($0) }, is: "2")
            }
        }
    }

    @Test("that are not known are found by name")
    func byName() {
        withRequest("X-One: 1\r\nX-TWO: 2\r\nx-two: 3\r\n") { request in
            expect(request.value(named: "x-one").map { text($0) }, is: "1")
            expect(request.value(named: "X-Two").map { text($0) }, is: "2")
            expect(request.value(named: "x-three"), is: nil)
            expect(request.headerCount, is: 4)
        }
    }

    @Test("that end like a known one but are longer than 24 bytes are not known")
    func longName() {
        withRequest("aaaaaaaaaaaaaaaaaaaaaaaahost: x\r\n") { request in
            expect(request.headerCount, is: 2)
            expect(request.value(of: .host).map { text($0) }, is: "h")
        }
    }

    @Test("that come twice show their first value")
    func repeated() {
        withRequest("Idempotency-Key: a\r\nidempotency-key: b\r\n") { request in
            expect(request.value(of: .idempotencyKey).map { text($0) }, is: "a")
        }
    }

    @Test("that are not UTF-8 are there as bytes")
    func notText() {
        let bytes = Array("GET / HTTP/1.0\r\nAccept: ".utf8) + [0xFF] + Array("\r\n\r\n".utf8)
        var parser = RequestParser()
        var position = 0
        expect(parser.advance(over: bytes.span, from: &position), is: .complete)
        expect(parser.request.value(of: .accept), is: [0xFF])
    }

    @Test(
        "tell a media type without its parameters",
        arguments: [
            ("application/json", true), ("Application/JSON ; charset=utf-8", true),
            ("application/json;", true),
            ("application/jsonp", false), ("text/application/json", false), ("", false),
        ])
    func mediaType(value: String, matches: Bool) {
        withRequest("Content-Type: \(value)\r\n") { request in
            expect(request.mediaType(of: .contentType, is: "application/json"), is: matches)
        }
    }

    @Test("without a Content-Type match no media type")
    func noMediaType() {
        withRequest("") { request in
            expect(request.mediaType(of: .contentType, is: "application/json"), is: false)
        }
    }
}

import HTTPWire
import SeededRandom
import Testing

private enum ResponseEvent: Equatable {
    case response(HTTPResponse)
    case malformed(reason: String, byteOffset: Int)
    case unfinished
}

/// Parses a response that arrives cut at the given places, and then the end of the stream if `ends`.
private func parseResponse(
    _ text: String, cuts: [Int] = [], limits: HTTPLimits = HTTPLimits(), answersHead: Bool = false,
    ends: Bool = false
) -> ResponseEvent {
    let bytes = Array(text.utf8)
    var parser = ResponseParser(limits: limits, answersHead: answersHead)
    var progress = ResponseParser.Progress.needsMore
    var start = 0
    for end in cuts + [bytes.count] {
        var position = 0
        progress = parser.advance(over: Array(bytes[start..<end]).span, from: &position)
        start = end
        guard progress == .needsMore else { break }
    }
    if ends, progress == .needsMore { progress = parser.finish() }
    switch progress {
    case .needsMore: return .unfinished
    case .complete: return .response(parser.takeResponse())
    case .malformed(let reason, let offset): return .malformed(reason: reason, byteOffset: offset)
    }
}

private func isMalformed(_ event: ResponseEvent) -> Bool {
    if case .malformed = event { true } else { false }
}

private func ok(_ body: String, type: String = "", headers: [HTTPField] = []) -> ResponseEvent {
    .response(HTTPResponse(.ok, contentType: type, headers: headers, body: Array(body.utf8)))
}

@Suite("The response parser")
struct ResponseParserTests {
    private static let good = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\nA: b\r\n\r\nhello",
        "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a\r\nabc\r\n0\r\nB: c\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
        "HTTP/1.1 503\r\nRetry-After: 5\r\nContent-Length: 2\r\n\r\nno",
    ]

    private static let bad = [
        "HTTP/2.0 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\n B: c\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 9)
            + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ]

    @Test("reads a counted body and its headers")
    func counted() {
        let headers = [HTTPField("Content-Length", "5"), HTTPField("A", "b")]
        #expect(parseResponse(Self.good[0]) == ok("hello", type: "text/plain", headers: headers))
    }

    @Test("takes the framing off chunks")
    func chunks() {
        #expect(
            parseResponse(Self.good[2]) == ok("abc", headers: [HTTPField("Transfer-Encoding", "chunked")]))
    }

    @Test("reads what has no length until the end of the stream")
    func untilClose() {
        let response = "HTTP/1.1 200 OK\r\n\r\nsome text"
        #expect(parseResponse(response) == .unfinished)
        #expect(parseResponse(response, ends: true) == ok("some text"))
    }

    @Test("skips interim responses with their headers")
    func interim() {
        #expect(parseResponse(Self.good[3]) == .response(HTTPResponse(.noContent)))
    }

    @Test("expects no body after HEAD, 204 and 304, whatever length is told")
    func bodiless() {
        let headers = [HTTPField("Content-Length", "99999999")]
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
        #expect(parseResponse(head, answersHead: true) == ok("", headers: headers))
        #expect(
            parseResponse(Self.good[4])
                == .response(HTTPResponse(.notModified, headers: [HTTPField("Content-Length", "99")])))
    }

    @Test("takes a status line without a reason")
    func noReason() {
        guard case .response(let response) = parseResponse(Self.good[5]) else {
            Issue.record("not read")
            return
        }
        #expect(response.status == .serviceUnavailable)
        #expect(response.value(named: "retry-AFTER") == "5")
    }

    @Test("calls a stream that ends early malformed", arguments: 0..<good.count)
    func early(index: Int) {
        let response = Self.good[index]
        for end in 0..<response.utf8.count {
            let part = text(Array(response.utf8)[..<end])
            #expect(isMalformed(parseResponse(part, ends: true)), "ended after \(end)")
        }
    }

    @Test("calls these malformed, in any pieces", arguments: bad)
    func malformed(response: String) {
        let whole = parseResponse(response)
        #expect(isMalformed(whole))
        #expect(parseResponse(response, cuts: everyCut(of: Array(response.utf8))) == whole)
    }

    @Test("reads the same in any pieces", arguments: good)
    func pieces(response: String) {
        let whole = parseResponse(response)
        #expect(whole != .unfinished)
        #expect(parseResponse(response, cuts: everyCut(of: Array(response.utf8))) == whole)
        for cut in 1..<response.utf8.count { #expect(parseResponse(response, cuts: [cut]) == whole) }
    }

    @Test("keeps to its limits")
    func limits() {
        var limits = HTTPLimits()
        limits.bodyBytes = 3
        #expect(isMalformed(parseResponse("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", limits: limits)))
        #expect(
            !isMalformed(parseResponse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", limits: limits)))
        #expect(isMalformed(parseResponse("HTTP/1.1 200 OK\r\n\r\nabcd", limits: limits)))
        #expect(parseResponse("HTTP/1.1 200 OK\r\n\r\nabc", limits: limits, ends: true) == ok("abc"))
        limits.headBytes = 30
        #expect(
            isMalformed(
                parseResponse("HTTP/1.1 200 OK\r\nA: \(String(repeating: "b", count: 30))", limits: limits)))
        limits.headBytes = 1000
        limits.headerCount = 1
        #expect(isMalformed(parseResponse("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n", limits: limits)))
    }

    @Test(
        "never traps on damage and means the same in any pieces",
        arguments: [7, UInt64.random(in: 0 ... .max)])
    func damage(seed: UInt64) {
        print("response fuzz seed: \(seed)")
        var random = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            var bytes = Array(((Self.good + Self.bad).randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = Array("\r\n :;0aF%HTP12".utf8).randomElement(using: &random) ?? 0
            }
            let response = text(bytes)
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            #expect(
                parseResponse(response, cuts: cuts, ends: true) == parseResponse(response, ends: true),
                "seed \(seed): \(response.debugDescription)")
        }
    }
}

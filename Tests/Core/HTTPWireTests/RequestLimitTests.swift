import HTTPWire
import Testing

@Suite("A request at a limit is taken, one byte more is refused")
struct RequestLimitTests {
    private let head = "GET / HTTP/1.1\r\nHost: h\r\n"

    @Test func headBytes() {
        let padded = head + "A: \(String(repeating: "x", count: 50))\r\n\r\n"
        expectLimit(\.headBytes, padded.utf8.count, 431, padded)
    }

    @Test func headBytesByDefault() {
        let fixed = head + "A: \r\n\r\n"
        let atLimit = head + "A: \(String(repeating: "x", count: 16_384 - fixed.utf8.count))\r\n\r\n"
        #expect(onlyRequest(atLimit) != nil)
        #expect(refusedStatus(parse(atLimit.replacing("A:", with: "AA:"))) == 431)
    }

    @Test func headBytesInsideTheRequestLineAre414() {
        var limits = HTTPLimits()
        limits.headBytes = 100
        #expect(refusedStatus(parse("GET /\(String(repeating: "a", count: 200))", limits: limits)) == 414)
    }

    @Test func aHeadThatNeverEndsIsRefusedWithoutALineEnd() {
        #expect(refusedStatus(parse(head + String(repeating: "x", count: 20_000))) == 431)
    }

    @Test func targetBytes() {
        let target = "/" + String(repeating: "a", count: 99)
        expectLimit(\.targetBytes, 100, 414, "GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
    }

    @Test func targetBytesByDefault() {
        let path = String(repeating: "a", count: 8191)
        #expect(onlyRequest("GET /\(path) HTTP/1.1\r\nHost: h\r\n\r\n") != nil)
        #expect(refusedStatus(parse("GET /a\(path) HTTP/1.1\r\nHost: h\r\n\r\n")) == 414)
    }

    @Test func headerCount() {
        let headers = (0..<99).map { "A\($0): b\r\n" }.joined()
        #expect(onlyRequest(head + headers + "\r\n")?.headerCount == 100)
        #expect(refusedStatus(parse(head + headers + "C: d\r\n\r\n")) == 431)
    }

    @Test func bodyBytesWithALength() {
        let request =
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n" + String(repeating: "x", count: 30)
        expectLimit(\.bodyBytes, 30, 413, request)
    }

    @Test func aLengthOverTheLimitIsRefusedAtItsHeader() {
        var limits = HTTPLimits()
        limits.bodyBytes = 10
        #expect(refusedStatus(parse("POST / HTTP/1.1\r\nContent-Length: 11\r\n", limits: limits)) == 413)
    }

    @Test func bodyBytesInChunks() {
        expectLimit(\.bodyBytes, 7, 413, GoodRequest.chunked("4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n"))
    }

    @Test func aChunkOverTheLimitIsRefusedAtItsSize() {
        var limits = HTTPLimits()
        limits.bodyBytes = 10
        #expect(refusedStatus(parse(GoodRequest.chunked("b\r\n"), limits: limits)) == 413)
    }

    @Test func chunkLineBytes() {
        expectLimit(\.chunkLineBytes, 9, 400, GoodRequest.chunked("1;abcde\r\nx\r\n0\r\n\r\n"))
    }

    @Test func chunkExtensionBytesAddUp() {
        let chunk = "1;abc\r\nx\r\n"
        expectLimit(\.chunkExtensionBytes, 12, 400, GoodRequest.chunked(chunk + chunk + chunk + "0\r\n\r\n"))
    }

    @Test func trailerBytesAddUp() {
        expectLimit(\.trailerBytes, 12, 431, GoodRequest.chunked("0\r\nA: b\r\nC: d\r\n\r\n"))
    }

    @Test func trailersMayBeForbidden() {
        var limits = HTTPLimits()
        limits.trailerBytes = 0
        #expect(onlyRequest(GoodRequest.chunked("0\r\n\r\n"), limits: limits) != nil)
        #expect(refusedStatus(parse(GoodRequest.chunked("0\r\nA:\r\n\r\n"), limits: limits)) == 431)
    }

    @Test func leadingEmptyLines() {
        expectLimit(\.leadingEmptyLines, 2, 400, "\r\n\r\n" + head + "\r\n")
    }

    private func expectLimit(
        _ limit: WritableKeyPath<HTTPLimits, Int>, _ value: Int, _ status: Int, _ stream: String
    ) {
        var limits = HTTPLimits()
        limits[keyPath: limit] = value
        #expect(onlyRequest(stream, limits: limits) != nil, "at the limit")
        limits[keyPath: limit] = value - 1
        let bytes = Array(stream.utf8)
        let whole = parse(bytes, limits: limits)
        #expect(refusedStatus(whole) == status, "one over the limit")
        #expect(
            parse(bytes, cuts: everyCut(of: bytes), limits: limits) == whole,
            "one over the limit, byte by byte")
    }
}

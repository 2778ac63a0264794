import HTTPWire
import Testing

private let date = httpDate(unixSeconds: 784_111_777)

private func written(
    _ response: HTTPResponse, _ connection: ConnectionField = .none, answersHead: Bool = false
) -> String {
    var output: [UInt8] = []
    response.append(to: &output, date: date, connection: connection, answersHead: answersHead)
    return text(output)
}

@Suite("A response on the wire")
struct ResponseWriterTests {
    private let response = HTTPResponse(
        .ok, contentType: "text/plain", headers: [HTTPField("A", "b")], body: Array("hello".utf8))
    private let head =
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
        + "Content-Length: 5\r\nA: b\r\n"

    @Test func hasHeadAndBody() {
        #expect(written(response) == head + "\r\nhello")
    }

    @Test func hasTheTypesAndStatusesThatAreWrittenMostOften() {
        let accepted = HTTPResponse(.accepted, contentType: "application/json", body: Array("{}".utf8))
        #expect(
            written(accepted)
                == "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        let typeless = HTTPResponse(.notFound, contentType: "application/jso")
        #expect(
            written(typeless).hasPrefix("HTTP/1.1 404 Not Found\r\n")
                && written(typeless).contains("\r\nContent-Type: application/jso\r\n"))
    }

    @Test func saysThatTheConnectionCloses() {
        #expect(written(response, .close) == head + "Connection: close\r\n\r\nhello")
    }

    @Test func saysThatTheConnectionStays() {
        #expect(written(response, .keepAlive) == head + "Connection: keep-alive\r\n\r\nhello")
    }

    @Test func answersHEADWithTheSameHeadAndNoBody() {
        #expect(written(response, answersHead: true) == head + "\r\n")
    }

    @Test func hasALengthOfZeroWithoutABody() {
        #expect(written(HTTPResponse(.accepted)).hasSuffix("GMT\r\nContent-Length: 0\r\n\r\n"))
    }

    @Test(arguments: [204, 304])
    func hasNeitherLengthNorBodyWhereTheStatusForbidsThem(code: Int) {
        let response = written(HTTPResponse(HTTPStatus(code), body: [1, 2]))
        #expect(!response.contains("Content-Length"))
        #expect(response.hasSuffix("\r\n\r\n"))
    }

    @Test func leavesOutTheDateWhenThereIsNone() {
        var output: [UInt8] = []
        HTTPResponse(.ok).append(to: &output, date: [], connection: .none)
        #expect(text(output) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func isAppendedToWhatIsThere() {
        var output = Array("before ".utf8)
        output.appendContinue()
        HTTPResponse(.notFound).append(to: &output, date: [], connection: .none)
        #expect(
            text(output)
                == "before HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func keepsAValueFromAddingALine() {
        let response = HTTPResponse(.ok, headers: [HTTPField("Location", "/a\r\nSet-Cookie: b\0")])
        #expect(written(response).contains("Location: /a  Set-Cookie: b \r\n"))
    }

    @Test(arguments: [100, 200, 202, 204, 299, 400, 404, 418, 431, 500, 503, 505, 599])
    func isReadBackByTheParser(code: Int) {
        guard code >= 200 else { return }
        for count in [0, 1, 9, 10, 99, 100, 12_345] {
            let sent = HTTPResponse(HTTPStatus(code), body: [UInt8](repeating: 120, count: count))
            var output: [UInt8] = []
            sent.append(to: &output, date: date, connection: .close)
            var parser = ResponseParser()
            var position = 0
            let progress = parser.advance(over: output.span, from: &position)
            #expect(progress == .complete)
            let read = parser.takeResponse()
            #expect(read.status == sent.status)
            #expect(read.body == (sent.status.forbidsBody ? [] : sent.body))
        }
    }
}

@Suite("A request on the wire")
struct RequestWriterTests {
    @Test(arguments: [HTTPMethod.get, .head, .post, .put, .patch, .delete, .options, .trace])
    func isReadBackByTheParser(method: HTTPMethod) {
        let body = method == .get || method == .head ? "" : "body"
        let sent = HTTPOutgoingRequest(
            method, "/a?b=\(percentEncoded("c d&é"))", host: "h:80", headers: [HTTPField("Accept", "*/*")],
            body: Array(body.utf8))
        var output: [UInt8] = []
        sent.append(to: &output)
        let read = onlyRequest(text(output))
        #expect(read?.method == method)
        #expect(read?.methodText == method.rawValue)
        #expect(read?.path == "/a")
        #expect(read?.query == "b=c%20d%26%C3%A9")
        #expect(read?.host == "h:80")
        #expect(read?.keepsAlive == false)
        #expect(read?.body == body)
        #expect(read?.headerCount == (body.isEmpty ? 3 : 4))
    }

    @Test func tellsALengthOfZeroWhenAPOSTHasNoBody() {
        var output: [UInt8] = []
        HTTPOutgoingRequest(.post, "/", host: "h").append(to: &output)
        #expect(
            text(output) == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }
}

@Suite("An HTTP date")
struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (.min, "Sat, 01 Jan 0000 00:00:00 GMT"), (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"),
    ])
    func isAnIMFFixdate(seconds: Int64, expected: String) {
        #expect(text(httpDate(unixSeconds: seconds)) == expected)
    }
}

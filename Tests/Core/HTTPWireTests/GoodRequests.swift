import HTTPWire
import Testing

/// Streams that must be taken, each with the requests it holds.
struct GoodRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let expected: [ParsedRequest]

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ changes: (inout ParsedRequest) -> Void...) {
        self.name = name
        bytes = Array(text.utf8)
        expected = changes.map { ParsedRequest().with($0) }
    }

    static let all = targets + versions + bodies + headers + streams

    static let targets = [
        GoodRequest("a bare GET", "GET / HTTP/1.1\r\nHost: h\r\n\r\n") { _ in },
        GoodRequest("a path with a query", "GET /a/b?x=1&y=%20? HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.path = "/a/b"
            $0.query = "x=1&y=%20?"
        },
        GoodRequest("an empty query", "GET /a? HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.path = "/a"
            $0.query = ""
        },
        GoodRequest(
            "every character a target may have",
            "GET /-._~!$&'()*+,;=:@%2f/09azAZ HTTP/1.1\r\nHost: h\r\n\r\n"
        ) {
            $0.path = "/-._~!$&'()*+,;=:@%2f/09azAZ"
        },
        GoodRequest(
            "absolute-form, whose authority wins", "GET http://real:81/x?q HTTP/1.1\r\nHost: h\r\n\r\n"
        ) {
            $0.host = "real:81"
            $0.path = "/x"
            $0.query = "q"
        },
        GoodRequest("absolute-form without a path", "GET HTTPS://real HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.host = "real"
        },
        GoodRequest("absolute-form with only a query", "GET http://[::1]?q HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.host = "[::1]"
            $0.query = "q"
        },
        GoodRequest("OPTIONS for everything", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.method = .options
            $0.methodText = "OPTIONS"
            $0.path = "*"
        },
        GoodRequest("an unknown method", "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.method = .other
            $0.methodText = "BREW"
            $0.path = "/pot"
        },
        GoodRequest("a method in lower case, which is another", "get / HTTP/1.1\r\nHost: h\r\n\r\n") {
            $0.method = .other
            $0.methodText = "get"
        },
        GoodRequest("a method of nine characters ending like GET", "AAAAAAGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        {
            $0.method = .other
            $0.methodText = "AAAAAAGET"
        },
    ]

    static let versions = [
        GoodRequest("1.0 closes", "GET / HTTP/1.0\r\nHost: h\r\n\r\n") {
            $0.version = .http10
            $0.keepsAlive = false
        },
        GoodRequest("1.0 without a host", "GET / HTTP/1.0\r\n\r\n") {
            $0.version = .http10
            $0.keepsAlive = false
            $0.host = nil
            $0.headerCount = 0
        },
        GoodRequest("1.0 stays when asked", "GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n") {
            $0.version = .http10
            $0.headerCount = 2
        },
        GoodRequest("1.1 closes when asked", "GET / HTTP/1.1\r\nHost: h\r\nConnection: foo, CLOSE\r\n\r\n") {
            $0.keepsAlive = false
            $0.headerCount = 2
        },
        GoodRequest(
            "close is stronger than keep-alive",
            "GET / HTTP/1.1\r\nConnection: close\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"
        ) {
            $0.keepsAlive = false
            $0.headerCount = 3
        },
        GoodRequest("1.0 passes over expectations", "GET / HTTP/1.0\r\nHost: h\r\nExpect: money\r\n\r\n") {
            $0.version = .http10
            $0.keepsAlive = false
            $0.headerCount = 2
        },
    ]

    static let bodies = [
        GoodRequest(
            "a counted body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", post("hello")),
        GoodRequest("a body of nothing", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", post("")),
        GoodRequest(
            "a length with leading zeros", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0003\r\n\r\nabc",
            post("abc")),
        GoodRequest(
            "a body that looks like a head",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\r\n\r\n", post("\r\n\r\n")),
        GoodRequest("chunks", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), post("hello world")),
        GoodRequest("no chunk but the last", chunked("0\r\n\r\n"), post("")),
        GoodRequest(
            "chunk sizes in both cases", chunked("A\r\n0123456789\r\nb\r\nabcdefghijk\r\n0\r\n\r\n"),
            post("0123456789abcdefghijk")),
        GoodRequest(
            "chunk sizes with leading zeros", chunked("0000000000000000000001\r\nx\r\n000\r\n\r\n"), post("x")
        ),
        GoodRequest(
            "chunk extensions", chunked("1;a=b;c=\"d e\"\r\nx\r\n2 \t;q\r\nyz\r\n0;last\r\n\r\n"), post("xyz")
        ),
        GoodRequest("trailers, dropped", chunked("1\r\nx\r\n0\r\nHost: other\r\nA:b\r\n\r\n"), post("x")),
        GoodRequest("line ends inside a chunk", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), post("\r\n\r\n")),
        GoodRequest(
            "the chunked coding in capitals",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:  CHUNKED \r\n\r\n0\r\n\r\n", post("")),
    ]

    static let headers = [
        GoodRequest("blanks around values", "GET / HTTP/1.1\r\nHost:\t h \t\r\nA:\r\nB: \r\nC: c d \r\n\r\n")
        {
            $0.headerCount = 4
        },
        GoodRequest(
            "names of every token character", "GET / HTTP/1.1\r\nHost: h\r\n!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n"
        ) {
            $0.headerCount = 2
        },
        GoodRequest("bytes over 127 in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: \u{e9}\u{1F600}\r\n\r\n") {
            $0.headerCount = 2
        },
        GoodRequest("a host with a port", "GET / HTTP/1.1\r\nhOST: ex-1.example:65535\r\n\r\n") {
            $0.host = "ex-1.example:65535"
        },
        GoodRequest("a host with an empty port", "GET / HTTP/1.1\r\nHost: h:\r\n\r\n") { $0.host = "h:" },
        GoodRequest("an IPv6 host", "GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]:80\r\n\r\n") {
            $0.host = "[::ffff:1.2.3.4]:80"
        },
    ]

    static let streams = [
        GoodRequest("empty lines before a request", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n") {
            _ in
        },
        GoodRequest(
            "three requests in a row",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx\r\nGET /2 HTTP/1.1\r\nHost: i\r\n\r\n"
                + chunked("1\r\ny\r\n0\r\n\r\n"),
            post("x"),
            {
                $0.path = "/2"
                $0.host = "i"
            }, post("y")),
    ]

    static func chunked(_ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    }

    private static func post(_ body: String) -> (inout ParsedRequest) -> Void {
        {
            $0.method = .post
            $0.methodText = "POST"
            $0.headerCount = 2
            $0.body = body
        }
    }
}

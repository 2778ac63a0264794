import HTTPWire
import Testing

/// Streams that must be refused, each with the status that says why.
struct BadRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let status: Int

    var testDescription: String { name }

    init(_ name: String, _ status: Int, _ text: String) {
        self.name = name
        self.status = status
        bytes = Array(text.utf8)
    }

    static let all = requestLines + targets + versions + lines + hosts + lengths + codings + chunks

    static let requestLines = [
        BadRequest("an empty method", 400, " / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a method that is no token", 400, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a method alone", 400, "GET\r\n\r\n"),
        BadRequest("a method and a space", 400, "GET \r\n\r\n"),
        BadRequest("two spaces before the target", 400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("two spaces before the version", 400, "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a space behind the version", 400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"),
        BadRequest("a space before the method", 400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("tabs instead of spaces", 400, "GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a tab in the target", 400, "GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a space in the target", 400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("five empty lines first", 400, "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a TLS greeting", 400, "\u{16}\u{3}\u{1}\u{0}\u{5}"),
        BadRequest("CONNECT", 501, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"),
    ]

    static let targets = [
        BadRequest("no slash first", 400, "GET a HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("authority-form without CONNECT", 400, "GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("GET for everything", 400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("OPTIONS for everything and more", 400, "OPTIONS *a HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("another scheme", 400, "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a scheme alone", 400, "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("absolute-form without a host", 400, "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("absolute-form with a user", 400, "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("absolute-form does not replace Host", 400, "GET http://h/ HTTP/1.1\r\n\r\n"),
        BadRequest("a fragment", 400, "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("a backslash", 400, "GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("quotes", 400, "GET /\"a\" HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("bytes over 127", 400, "GET /\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("an escape that is not hexadecimal", 400, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("an escape cut short", 400, "GET /a%2 HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("an escape cut short in the query", 400, "GET /a?b=% HTTP/1.1\r\nHost: h\r\n\r\n"),
    ]

    static let versions = [
        BadRequest("no version, as in HTTP/0.9", 400, "GET /\r\n\r\n"),
        BadRequest("0.9 by name", 505, "GET / HTTP/0.9\r\nHost: h\r\n\r\n"),
        BadRequest("1.2", 505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
        BadRequest("2.0", 505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
        BadRequest("the greeting of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        BadRequest("one digit", 400, "GET / HTTP/1\r\nHost: h\r\n\r\n"),
        BadRequest("two digits behind the point", 400, "GET / HTTP/1.10\r\nHost: h\r\n\r\n"),
        BadRequest("lower case", 400, "GET / http/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("another protocol", 400, "GET / HTTQ/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("no point", 400, "GET / HTTP/1,1\r\nHost: h\r\n\r\n"),
    ]

    static let lines = [
        BadRequest("LF alone behind the request line", 400, "GET / HTTP/1.1\nHost: h\r\n\r\n"),
        BadRequest("LF alone behind a header", 400, "GET / HTTP/1.1\r\nHost: h\n\r\n"),
        BadRequest("LF alone at the end of the head", 400, "GET / HTTP/1.1\r\nHost: h\r\n\n"),
        BadRequest("LF alone before the request", 400, "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("CR alone in the request line", 400, "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("CR alone in a value", 400, "GET / HTTP/1.1\r\nHost: h\rA: b\r\n\r\n"),
        BadRequest("two CRs", 400, "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n"),
        BadRequest("NUL in the target", 400, "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
        BadRequest("NUL in a value", 400, "GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n"),
        BadRequest("a control character in a value", 400, "GET / HTTP/1.1\r\nHost: h\r\nA: \u{1}\r\n\r\n"),
        BadRequest("DEL in a value", 400, "GET / HTTP/1.1\r\nHost: h\r\nA: \u{7f}\r\n\r\n"),
        BadRequest("a folded line", 400, "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n"),
        BadRequest("a folded line by tab", 400, "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\tc\r\n\r\n"),
        BadRequest("a blank before the first header", 400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
        BadRequest("a blank line that is not empty", 400, "GET / HTTP/1.1\r\nHost: h\r\n \r\n\r\n"),
        BadRequest("a space before the colon", 400, "GET / HTTP/1.1\r\nHost : h\r\n\r\n"),
        BadRequest("a tab before the colon", 400, "GET / HTTP/1.1\r\nHost: h\r\nA\t: b\r\n\r\n"),
        BadRequest("no name", 400, "GET / HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n"),
        BadRequest("no colon", 400, "GET / HTTP/1.1\r\nHost: h\r\nA\r\n\r\n"),
        BadRequest("a name that is no token", 400, "GET / HTTP/1.1\r\nHost: h\r\nA(b): c\r\n\r\n"),
        BadRequest("a name over 127", 400, "GET / HTTP/1.1\r\nHost: h\r\n\u{e9}: c\r\n\r\n"),
        BadRequest("another expectation", 417, "GET / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n"),
        BadRequest(
            "a list of expectations", 417, "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue, x\r\n\r\n"),
    ]

    static let hosts = [
        BadRequest("no host", 400, "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
        BadRequest("two hosts", 400, "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"),
        BadRequest("two hosts in 1.0", 400, "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n"),
        BadRequest("an empty host", 400, "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
        BadRequest("a list of hosts", 400, "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n"),
        BadRequest("a host with a space", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        BadRequest("a host with a path", 400, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
        BadRequest("a host with a user", 400, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
        BadRequest("only a port", 400, "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
        BadRequest("a port of letters", 400, "GET / HTTP/1.1\r\nHost: h:http\r\n\r\n"),
        BadRequest("a port over 65535", 400, "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n"),
        BadRequest(
            "a port of forty digits", 400,
            "GET / HTTP/1.1\r\nHost: h:1111111111222222222233333333334444444444\r\n\r\n"),
        BadRequest("two ports", 400, "GET / HTTP/1.1\r\nHost: h:1:2\r\n\r\n"),
        BadRequest("a broken escape in the host", 400, "GET / HTTP/1.1\r\nHost: h%4\r\n\r\n"),
        BadRequest("an IPv6 address that does not end", 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        BadRequest("an IPv6 address of nothing", 400, "GET / HTTP/1.1\r\nHost: []\r\n\r\n"),
        BadRequest("an IPv6 address with a zone", 400, "GET / HTTP/1.1\r\nHost: [fe80::1%eth0]\r\n\r\n"),
        BadRequest("text behind an IPv6 address", 400, "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"),
    ]

    static let lengths = [
        BadRequest("a length twice, the same", 400, length("5\r\nContent-Length: 5")),
        BadRequest("a length twice, different", 400, length("5\r\nContent-Length: 6")),
        BadRequest("a list of lengths", 400, length("5, 5")),
        BadRequest("an empty length", 400, length("")),
        BadRequest("a positive sign", 400, length("+5")),
        BadRequest("a negative length", 400, length("-5")),
        BadRequest("a hexadecimal length", 400, length("0x5")),
        BadRequest("a length with a fraction", 400, length("5.0")),
        BadRequest("a length with a space inside", 400, length("1 5")),
        BadRequest("a length over the limit", 413, length("1048577")),
        BadRequest("a length over 64 bits", 413, length("18446744073709551621")),
        BadRequest(
            "forty digits and a letter", 400, length("1111111111222222222233333333334444444444x")),
        BadRequest("a length and a coding", 400, length("5\r\nTransfer-Encoding: chunked")),
        BadRequest("a length of nothing and a coding", 400, length("0\r\nTransfer-Encoding: chunked")),
        BadRequest("a coding and a length", 400, coding("chunked\r\nContent-Length: 5")),
    ]

    static let codings = [
        BadRequest(
            "a coding in 1.0", 400,
            "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        BadRequest("gzip", 501, coding("gzip")),
        BadRequest("identity", 501, coding("identity")),
        BadRequest("gzip, then chunked", 501, coding("gzip, chunked")),
        BadRequest("a coding with a parameter", 501, coding("a;b=c")),
        BadRequest("a word that only starts with chunked", 501, coding("chunkedx")),
        BadRequest("chunked, then gzip", 400, coding("chunked, gzip")),
        BadRequest("chunked twice", 400, coding("chunked, chunked")),
        BadRequest("chunked in two headers", 400, coding("chunked\r\nTransfer-Encoding: chunked")),
        BadRequest("chunked with a parameter", 400, coding("chunked;a=b")),
        BadRequest("chunked behind a form feed", 400, coding("\u{c}chunked")),
        BadRequest("an empty coding", 400, coding("")),
        BadRequest("a comma alone", 400, coding(",")),
        BadRequest("chunked and a comma", 400, coding("chunked,")),
        BadRequest("quoted", 400, coding("\"chunked\"")),
    ]

    static let chunks = [
        BadRequest("a size of nothing", 400, GoodRequest.chunked("\r\nx\r\n0\r\n\r\n")),
        BadRequest("a size of other letters", 400, GoodRequest.chunked("g\r\nx\r\n0\r\n\r\n")),
        BadRequest("a size with 0x", 400, GoodRequest.chunked("0x1\r\nx\r\n0\r\n\r\n")),
        BadRequest("a signed size", 400, GoodRequest.chunked("+1\r\nx\r\n0\r\n\r\n")),
        BadRequest("a blank before the size", 400, GoodRequest.chunked(" 1\r\nx\r\n0\r\n\r\n")),
        BadRequest("a blank behind the size", 400, GoodRequest.chunked("1 \r\nx\r\n0\r\n\r\n")),
        BadRequest("text behind the size", 400, GoodRequest.chunked("1 x\r\nx\r\n0\r\n\r\n")),
        BadRequest("LF alone behind the size", 400, GoodRequest.chunked("1\nx\r\n0\r\n\r\n")),
        BadRequest("CR alone behind the size", 400, GoodRequest.chunked("1\rx\r\n0\r\n\r\n")),
        BadRequest("LF alone in an extension", 400, GoodRequest.chunked("1;a\nb\r\nx\r\n0\r\n\r\n")),
        BadRequest("NUL in an extension", 400, GoodRequest.chunked("1;\0\r\nx\r\n0\r\n\r\n")),
        BadRequest("more data than the size says", 400, GoodRequest.chunked("1\r\nxy\r\n0\r\n\r\n")),
        BadRequest("LF alone behind the data", 400, GoodRequest.chunked("1\r\nx\n0\r\n\r\n")),
        BadRequest("CR alone behind the data", 400, GoodRequest.chunked("1\r\nx\r0\r\n\r\n")),
        BadRequest("less data than the size says", 400, GoodRequest.chunked("4\r\nx\r\n0\r\n\r\n")),
        BadRequest("a size over the limit", 413, GoodRequest.chunked("100001\r\n")),
        BadRequest("a size over 64 bits", 413, GoodRequest.chunked("10000000000000001\r\n")),
        BadRequest(
            "a size of forty digits", 413, GoodRequest.chunked("ffffffffffffffffffffffffffffffffffffffff\r\n")
        ),
        BadRequest("chunks over the limit together", 413, GoodRequest.chunked("1\r\nx\r\n100000\r\n")),
        BadRequest("a folded trailer", 400, GoodRequest.chunked("0\r\nA: b\r\n c\r\n\r\n")),
        BadRequest("a trailer without a colon", 400, GoodRequest.chunked("0\r\nA\r\n\r\n")),
        BadRequest("LF alone behind a trailer", 400, GoodRequest.chunked("0\r\nA: b\n\r\n")),
        BadRequest("LF alone at the end", 400, GoodRequest.chunked("0\r\n\n")),
    ]

    private static func length(_ value: String) -> String {
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(value)\r\n\r\nhello"
    }

    private static func coding(_ value: String) -> String {
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \(value)\r\n\r\n0\r\n\r\n"
    }
}

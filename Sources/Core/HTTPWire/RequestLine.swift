/// `METHOD SP target SP HTTP/1.1`, read strictly: one space each, nothing before and nothing after.
struct RequestLine {
    let method: HTTPMethod
    let methodName: Range<Int>
    let target: RequestTarget
    let version: HTTPVersion

    /// - Parameters:
    ///   - bytes: whole lines, without control characters (see `scanLine`).
    ///   - line: the line to read, without its CRLF.
    static func parse(
        _ bytes: Span<UInt8>, _ line: Range<Int>, targetLimit: Int
    ) -> Result<RequestLine, HTTPRefusal> {
        let name = bytes.leadingToken(of: line)
        guard !name.isEmpty, name.upperBound < line.upperBound, bytes[name.upperBound] == .space else {
            return .failure(.malformed("The request line does not start with a method.", at: name.upperBound))
        }
        let method = HTTPMethod(bytes, name)
        guard method != .connect else {
            return .failure(
                HTTPRefusal(.notImplemented, "CONNECT is not spoken here.", at: name.lowerBound))
        }
        let rest = name.upperBound + 1..<line.upperBound
        guard let space = bytes.firstIndex(of: .space, in: rest) else {
            return .failure(.malformed("The request line has no version.", at: line.upperBound))
        }
        let target = rest.lowerBound..<space
        guard target.count <= targetLimit else {
            return .failure(
                HTTPRefusal(
                    .uriTooLong, "The request target is longer than \(targetLimit) bytes.",
                    at: target.lowerBound))
        }
        return HTTPVersion.parse(bytes, space + 1..<line.upperBound).flatMap { version in
            RequestTarget.parse(bytes, target, method: method).map { target in
                RequestLine(method: method, methodName: name, target: target, version: version)
            }
        }
    }
}

extension HTTPMethod {
    fileprivate init(_ bytes: Span<UInt8>, _ name: Range<Int>) {
        guard name.count <= 8 else {
            self = .other
            return
        }
        var packed: UInt64 = 0
        for index in name { packed = packed << 8 | UInt64(bytes[index]) }
        self.init(packed: packed)
    }
}

extension HTTPVersion {
    /// Well-formed versions that are not spoken are 505; anything else is no version at all.
    static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Result<HTTPVersion, HTTPRefusal> {
        let start = range.lowerBound
        guard range.count == 8, bytes.hasVersionPrefix(at: start), bytes[start + 5].isDigit,
            bytes[start + 6] == UInt8(ascii: "."), bytes[start + 7].isDigit
        else {
            return .failure(.malformed("The HTTP version is malformed.", at: start))
        }
        switch (bytes[start + 5], bytes[start + 7]) {
        case (0x31, 0x31): return .success(.http11)
        case (0x31, 0x30): return .success(.http10)
        default:
            return .failure(
                HTTPRefusal(.versionNotSupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.", at: start))
        }
    }
}

extension Span<UInt8> {
    /// `HTTP/`, which is case-sensitive.
    fileprivate func hasVersionPrefix(at start: Int) -> Bool {
        self[start] == UInt8(ascii: "H") && self[start + 1] == UInt8(ascii: "T")
            && self[start + 2] == UInt8(ascii: "T") && self[start + 3] == UInt8(ascii: "P")
            && self[start + 4] == UInt8(ascii: "/")
    }
}

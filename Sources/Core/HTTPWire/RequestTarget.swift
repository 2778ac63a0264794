/// Where the parts of a request target are (RFC 9112, section 3.2).
struct RequestTarget {
    /// Only in absolute-form; it then counts instead of the Host header.
    var authority: Range<Int>?
    /// Starts with `/`, or is `*`. Empty only for an absolute-form without a path, which means `/`.
    var path: Range<Int>
    /// What follows the `?`, when there is one.
    var query: Range<Int>?

    static func parse(
        _ bytes: Span<UInt8>, _ target: Range<Int>, method: HTTPMethod
    ) -> Result<RequestTarget, HTTPRefusal> {
        guard let first = target.first.map({ bytes[$0] }) else {
            return .failure(.malformed("The request target is empty.", at: target.lowerBound))
        }
        if first == UInt8(ascii: "*"), target.count == 1 {
            guard method == .options else {
                return .failure(.malformed("Only OPTIONS may ask for *.", at: target.lowerBound))
            }
            return .success(RequestTarget(path: target))
        }
        if first == UInt8(ascii: "/") { return pathAndQuery(bytes, target, authority: nil) }
        guard let authority = authority(bytes, target) else {
            return .failure(
                .malformed("The request target is neither a path nor an http URL.", at: target.lowerBound))
        }
        if let flaw = Authority.flaw(in: bytes, authority) { return .failure(flaw) }
        return pathAndQuery(bytes, authority.upperBound..<target.upperBound, authority: authority)
    }

    /// What stands between `http://` or `https://` and the path or query.
    private static func authority(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Range<Int>? {
        for scheme in ["http://", "https://"] where target.count > scheme.utf8.count {
            let start = target.lowerBound + scheme.utf8.count
            guard bytes.matches(scheme, in: target.lowerBound..<start) else { continue }
            var end = start
            while end < target.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") {
                end += 1
            }
            return start..<end
        }
        return nil
    }

    private static func pathAndQuery(
        _ bytes: Span<UInt8>, _ range: Range<Int>, authority: Range<Int>?
    ) -> Result<RequestTarget, HTTPRefusal> {
        let part = bytes.extracting(range)
        var count = 0
        var questionMark: Int?
        var hasEscape = false
        // Every request passes here: one walk finds all that there is to find.
        while count < part.count {
            let byte = part[count]
            if !byte.isLetter {
                guard ByteSet.target.contains(byte) else {
                    let reason = "The request target has a character that must be escaped."
                    return .failure(.malformed(reason, at: range.lowerBound + count))
                }
                if byte == UInt8(ascii: "%") { hasEscape = true }
                if byte == UInt8(ascii: "?"), questionMark == nil { questionMark = range.lowerBound + count }
            }
            count &+= 1
        }
        if hasEscape, let flaw = brokenEscape(in: bytes, range) {
            return .failure(.malformed("The request target has a broken % escape.", at: flaw))
        }
        guard let questionMark else { return .success(RequestTarget(authority: authority, path: range)) }
        return .success(
            RequestTarget(
                authority: authority, path: range.lowerBound..<questionMark,
                query: questionMark + 1..<range.upperBound))
    }
}

/// The place of the first `%` that two hexadecimal digits do not follow.
private func brokenEscape(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var rest = range
    while let index = bytes.firstIndex(of: UInt8(ascii: "%"), in: rest) {
        guard range.upperBound - index > 2, bytes[index + 1].hexadecimalValue != nil,
            bytes[index + 2].hexadecimalValue != nil
        else { return index }
        rest = index + 3..<range.upperBound
    }
    return nil
}

/// `host [":" port]` as in a Host header (RFC 9110, section 7.2). User names are refused: http has none.
enum Authority {
    /// What is wrong with it; nil when it is valid.
    static func flaw(in bytes: Span<UInt8>, _ range: Range<Int>) -> HTTPRefusal? {
        var index = range.lowerBound
        if index < range.upperBound, bytes[index] == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]"), in: range),
                (index + 1..<end).contains(where: { bytes[$0] == UInt8(ascii: ":") }),
                (index + 1..<end).allSatisfy({ isAddressByte(bytes[$0]) })
            else {
                return .malformed("The host is not a valid IPv6 address.", at: index)
            }
            index = end + 1
        } else {
            index += bytes.countOf(.registeredName, in: range)
            if let flaw = brokenEscape(in: bytes, range.lowerBound..<index) {
                return .malformed("The host has a broken % escape.", at: flaw)
            }
        }
        guard index > range.lowerBound else {
            return .malformed("The host is empty or starts with a wrong character.", at: range.lowerBound)
        }
        return index == range.upperBound ? nil : portFlaw(in: bytes, index..<range.upperBound)
    }

    /// An empty port is allowed (RFC 3986, section 3.2.3).
    private static func portFlaw(in bytes: Span<UInt8>, _ range: Range<Int>) -> HTTPRefusal? {
        guard bytes[range.lowerBound] == UInt8(ascii: ":") else {
            return .malformed("The host has a character that hosts do not have.", at: range.lowerBound)
        }
        var port = 0
        for index in range.dropFirst() {
            guard bytes[index].isDigit, port <= 65_535 else {
                return .malformed("The port is not a number up to 65535.", at: index)
            }
            port = port * 10 + Int(bytes[index] - 0x30)
        }
        guard port <= 65_535 else {
            return .malformed("The port is not a number up to 65535.", at: range.lowerBound + 1)
        }
        return nil
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte.hexadecimalValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }
}

/// One request, as places in the bytes of its head, and its body.
///
/// It is the parser's own storage, used again for the next request; so it is handed out by reference and
/// cannot be copied. What it returns as slices stays valid, but keeping one for long keeps the whole head.
package struct HTTPRequest: ~Copyable {
    package internal(set) var method = HTTPMethod.other
    package internal(set) var version = HTTPVersion.http11
    /// Whether the client wants to send further requests on the same connection.
    package internal(set) var keepsAlive = false
    /// The body without its framing; it may be taken.
    package var body: [UInt8] = []

    var head: [UInt8] = []
    var fields: [FieldLine] = []
    var methodName = 0..<0
    var target = RequestTarget(path: 0..<0)

    package init() {}

    /// The path as it was sent, with its escapes: starts with `/`, or is `*`.
    package var path: ArraySlice<UInt8> {
        target.path.isEmpty ? Self.rootPath : head[target.path]
    }

    /// What follows the `?`, with its escapes; nil without one.
    package var query: ArraySlice<UInt8>? {
        target.query.map { head[$0] }
    }

    /// The host and port the client speaks to; nil only in HTTP/1.0.
    package var host: ArraySlice<UInt8>? {
        target.authority.map { head[$0] } ?? value(of: .host)
    }

    /// The method as it was sent, for methods that are `.other`.
    package var methodText: String {
        String(decoding: head[methodName], as: UTF8.self)
    }

    /// The body, moved out: an empty one stays behind.
    package mutating func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &body)
        return taken
    }

    private static let rootPath: ArraySlice<UInt8> = [UInt8(ascii: "/")]
}

// MARK: - Headers

extension HTTPRequest {
    package var headerCount: Int { fields.count }

    /// The first value, without blanks around it.
    package func value(of header: KnownHeader) -> ArraySlice<UInt8>? {
        for field in fields where field.known == header { return head[field.value] }
        return nil
    }

    /// How many lines have it.
    package func count(of header: KnownHeader) -> Int {
        var count = 0
        for field in fields where field.known == header { count += 1 }
        return count
    }

    /// The first value of any header. The name is compared without regard to case.
    package func value(named name: String) -> ArraySlice<UInt8>? {
        let lowercase = name.lowercased()
        let bytes = head.span
        for field in fields where bytes.matches(lowercase, in: field.name) { return head[field.value] }
        return nil
    }

    /// Whether a value, cut before its first `;`, is this one: `mediaType(of: .contentType, is:
    /// "application/json")`.
    package func mediaType(of header: KnownHeader, is lowercase: String) -> Bool {
        for field in fields where field.known == header {
            let bytes = head.span
            let end = bytes.firstIndex(of: UInt8(ascii: ";"), in: field.value) ?? field.value.upperBound
            return bytes.matches(lowercase, in: bytes.trimmed(field.value.lowerBound..<end))
        }
        return false
    }
}

// MARK: - For the parser

extension HTTPRequest {
    /// Forgets the request but keeps its storage, unless that has grown large.
    mutating func reset() {
        head.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        if body.capacity > Self.bodyCapacityKept {
            body = []
        } else {
            body.removeAll(keepingCapacity: true)
        }
        target = RequestTarget(path: 0..<0)
    }

    private static var bodyCapacityKept: Int { 64 * 1024 }
}

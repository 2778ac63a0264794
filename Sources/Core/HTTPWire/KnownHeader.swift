/// A header name that is recognised while a head is read, so that asking for it later compares no text.
/// The most frequent come first: names are tried in this order.
package enum KnownHeader: String, CaseIterable, Sendable {
    case host = "host"
    case contentLength = "content-length"
    case contentType = "content-type"
    case userAgent = "user-agent"
    case accept = "accept"
    case connection = "connection"
    case idempotencyKey = "idempotency-key"
    case authorization = "authorization"
    case transferEncoding = "transfer-encoding"
    case expect = "expect"
    case lastEventID = "last-event-id"
    case acceptEncoding = "accept-encoding"
    case ifNoneMatch = "if-none-match"
    case origin = "origin"
    case traceParent = "traceparent"
    case retryAfter = "retry-after"
    case location = "location"
    case date = "date"

    /// Recognises a token in any case.
    init?(_ name: Span<UInt8>) {
        guard let packed = PackedName(name) else { return nil }
        for (known, header) in Self.packedNames where known == packed {
            self = header
            return
        }
        return nil
    }

    private static let packedNames = allCases.compactMap { header in
        PackedName(Array(header.rawValue.utf8).span).map { ($0, header) }
    }
}

/// A name of letters and hyphens in lower case, as three words that compare in three instructions.
private struct PackedName: Equatable {
    private let words: (UInt64, UInt64, UInt64)

    /// Nil for names over 24 bytes: none of them is known.
    ///
    /// The packing turns capitals into small letters. What it does to other characters does not matter: of
    /// those that a token may have, none becomes a letter or a hyphen, and none becomes zero.
    init?(_ name: Span<UInt8>) {
        guard name.count <= 24 else { return nil }
        var (first, second, third): (UInt64, UInt64, UInt64) = (0, 0, 0)
        var count = 0
        while count < name.count {
            if count & 7 == 0 { (second, third) = (first, second) }
            first = first << 8 | UInt64(name[count] | 0x20)
            count &+= 1
        }
        words = (first, second, third)
    }

    static func == (left: PackedName, right: PackedName) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
    }
}

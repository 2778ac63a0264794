/// Reads a stream of server-sent events out of bytes in any pieces. What is not finished when the stream ends
/// was no event.
package struct EventStreamParser: Sendable {
    /// The longest event that is taken: all its lines together, in bytes.
    package static let longestEvent = 4 << 20

    /// What to name to go on behind what was read; nil while nobody has said.
    package private(set) var lastID: String?
    /// How long the server would have a client wait before it comes back, in milliseconds.
    package private(set) var retryMilliseconds: Int?

    private let limit: Int
    private var line: [UInt8] = []
    private var event = ServerSentEvent(data: [])
    private var hasData = false
    private var id: String?
    private var followsReturn = false
    private var isFirstLine = true
    private var isTooLong = false

    package init(longestEvent limit: Int = longestEvent) {
        self.limit = limit
    }

    /// Takes bytes and hands out each event that they complete.
    ///
    /// - Returns: false when an event is longer than the limit; from then on nothing is taken.
    package mutating func take(_ bytes: Span<UInt8>, _ body: (ServerSentEvent) -> Void) -> Bool {
        for index in bytes.indices where !isTooLong {
            let byte = bytes[index]
            let endsPair = followsReturn && byte == .lineFeed
            followsReturn = byte == .carriageReturn
            switch byte {
            case .lineFeed where endsPair: break
            case .lineFeed, .carriageReturn: endLine(body)
            default:
                line.append(byte)
                isTooLong = line.count + event.data.count > limit
            }
        }
        return !isTooLong
    }

    private mutating func endLine(_ body: (ServerSentEvent) -> Void) {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endEvent(body) }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == .space { value.removeFirst() }
        take(field: String(decoding: line[..<colon], as: UTF8.self), value)
    }

    /// A field that is not known, and the comment, which is one without a name, are passed over.
    private mutating func take(field name: String, _ value: ArraySlice<UInt8>) {
        switch name {
        case "data":
            if hasData { event.data.append(.lineFeed) }
            event.data.append(contentsOf: value)
            hasData = true
        case "event": event.name = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.count <= 9 && value.allSatisfy(\.isDigit):
            retryMilliseconds = value.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        default: break
        }
    }

    private mutating func endEvent(_ body: (ServerSentEvent) -> Void) {
        lastID = id
        if hasData {
            event.id = id
            body(event)
        }
        event = ServerSentEvent(data: [])
        hasData = false
    }
}

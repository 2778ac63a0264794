/// One event of a stream of server-sent events, as it is written and as it is read (HTML Living Standard,
/// section 9.2, `text/event-stream`).
package struct ServerSentEvent: Hashable, Sendable {
    package static let contentType = "text/event-stream"

    /// What a client that was cut off names to go on behind this event. Written: nil leaves the one before in
    /// force. Read: the last one in force, or nil when there was none.
    package var id: String?
    /// What kind of event it is; empty is `message`.
    package var name: String
    /// Text, of any number of lines.
    package var data: [UInt8]

    package init(id: String? = nil, name: String = "", data: [UInt8]) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// Appends the event with the empty line that ends it. Line breaks in the data (CR, LF or both) become
    /// lines of their own, which a reader joins with LF; those in the id and the name become spaces.
    package func append(to output: inout [UInt8]) {
        if let id { output.append(eventField: "id: ", id) }
        if !name.isEmpty { output.append(eventField: "event: ", name) }
        output.append(dataLines: data)
        output.append(.lineFeed)
    }
}

extension [UInt8] {
    /// Says how to go on from here, without an event: a reader only remembers it.
    ///
    /// - Parameter retryMilliseconds: how long it should wait before it comes back; nil leaves it as it is.
    package mutating func append(eventStreamPosition id: String, retryMilliseconds: Int? = nil) {
        if let retryMilliseconds {
            append(contentsOf: "retry: ".utf8)
            append(decimal: retryMilliseconds)
            append(.lineFeed)
        }
        append(eventField: "id: ", id)
        append(.lineFeed)
    }

    /// A line that every reader passes over: it keeps the connection from looking dead.
    package mutating func appendEventStreamComment() {
        append(contentsOf: ":\n\n".utf8)
    }

    fileprivate mutating func append(eventField name: String, _ value: String) {
        append(contentsOf: name.utf8)
        let start = self.count
        append(contentsOf: value.utf8)
        for index in start..<self.count where self[index].isControl { self[index] = .space }
        append(.lineFeed)
    }

    fileprivate mutating func append(dataLines data: [UInt8]) {
        var start = 0
        while true {
            let rest = data[start...]
            let end = rest.firstIndex { $0 == .lineFeed || $0 == .carriageReturn } ?? data.endIndex
            append(contentsOf: "data: ".utf8)
            append(contentsOf: data[start..<end])
            append(.lineFeed)
            guard end < data.endIndex else { return }
            let isPair = data[end] == .carriageReturn && end + 1 < data.endIndex && data[end + 1] == .lineFeed
            start = end + (isPair ? 2 : 1)
        }
    }
}

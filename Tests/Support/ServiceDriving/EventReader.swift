package import HTTPRequesting
package import HTTPWire
package import JSON
import UV

/// A client that follows a service's events.
package final class EventReader {
    /// What came, the last one last.
    package private(set) var events: [ServerSentEvent] = []
    /// The status of the answer, once it has begun.
    package var status: Int? { head?.status.code }
    package private(set) var head: HTTPResponse?
    /// What an answer other than a stream says.
    package private(set) var refusal: [UInt8] = []
    /// How it ended; nil while it goes on.
    package private(set) var end: HTTPArrival?
    /// What to name to go on behind what came.
    package var lastID: String? { parser.lastID }

    private var parser = EventStreamParser()
    private var exchange: HTTPStreamExchange?
    /// Its loop must not end before this.
    private let service: RunningService

    fileprivate init(
        _ service: RunningService, _ begin: (@escaping (HTTPArrival) -> Void) -> HTTPStreamExchange
    ) {
        self.service = service
        exchange = begin { [unowned self] in take($0) }
    }

    deinit { close() }

    package func close() {
        exchange?.close()
        exchange = nil
    }

    private func take(_ arrival: HTTPArrival) {
        service.loop.stop()
        switch arrival {
        case .head(let response): head = response
        case .part(let bytes) where status == 200: _ = parser.take(bytes.span) { events.append($0) }
        case .part(let bytes): refusal += bytes
        case .end, .fault: end = arrival
        }
    }

    /// Waits for the end of the stream, also when the service has ended.
    @discardableResult package func waitForEnd() -> HTTPArrival? {
        while end == nil { service.loop.run() }
        return end
    }

    /// The data of what came, read as JSON.
    package var lines: [JSONValue] { events.map { (try? JSONValue(parsing: $0.data)) ?? .null } }
    package var names: [String] { events.map(\.name) }
    package var ids: [Int64] { events.compactMap { $0.id.flatMap { Int64($0) } } }
}

extension RunningService {
    /// Follows events, and waits until the answer has begun.
    package func events(after: String? = nil, bot: String? = nil) throws -> EventReader {
        let reader = try follow("/api/events" + (bot.map { "?bot=\($0)" } ?? ""), after: after)
        try wait(for: "the stream to begin") { reader.lastID != nil || reader.end != nil }
        return reader
    }

    /// Follows whatever is at an address.
    package func follow(_ target: String, after: String? = nil) throws(DrivingFault) -> EventReader {
        guard let address else { throw DrivingFault("the service has no address") }
        let headers = after.map { [HTTPField("Last-Event-ID", $0)] } ?? []
        let request = HTTPOutgoingRequest(
            .get, target, host: "\(address)",
            headers: [HTTPField("Accept", ServerSentEvent.contentType)] + headers)
        return EventReader(self) { [loop] receive in
            HTTPStreamExchange.begin(
                request, on: loop, to: address, timeout: .seconds(60), silence: .seconds(60), receive: receive
            )
        }
    }
}

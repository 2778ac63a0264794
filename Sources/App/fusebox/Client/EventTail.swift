import HTTPRequesting
import HTTPWire
import JSON
import MonotonicTime
import UV

/// Follows the events of a service across its restarts, and prints them.
final class EventTail {
    private let target: String
    private let place: ServerOption
    private let patience: Duration
    private let loop: Loop
    /// The id of the last event that was printed, or that the service named without one.
    private var lastID: String?
    private var hasFollowed = false
    /// When the service was last heard of.
    private var lastHeard: Instant
    private var exchange: HTTPStreamExchange?
    private var retry: Timer?
    private var retryPause = Duration.seconds(1)
    private var ending: Ending?
    /// Of the present connection.
    private var head: HTTPResponse?
    private var refusal: [UInt8] = []
    private var parser = EventStreamParser()

    /// What connecting may take, and the answer's head.
    private static let timeout = Duration.seconds(10)
    /// The service says something at least every fifteen seconds.
    private static let silence = Duration.seconds(60)
    private static let longestRefusal = 64 << 10

    init(of bot: String?, after: UInt64?, at place: ServerOption, patience: Duration, on loop: Loop) {
        target = "/api/events" + (bot.map { "?bot=\(percentEncoded($0))" } ?? "")
        lastID = after.map { String($0) }
        lastHeard = loop.now
        (self.place, self.patience, self.loop) = (place, patience, loop)
    }

    /// Prints until it is over.
    ///
    /// - Returns: nil when nobody reads the output any more.
    func run() -> Ending? {
        connect()
        loop.run()
        return ending
    }

    private func connect() {
        let address = place.address
        var headers = [HTTPField("Accept", ServerSentEvent.contentType)]
        if let lastID { headers.append(HTTPField("Last-Event-ID", lastID)) }
        head = nil
        refusal = []
        parser = EventStreamParser()
        exchange = HTTPStreamExchange.begin(
            HTTPOutgoingRequest(.get, target, host: address.host, headers: headers), on: loop,
            to: address.socket, timeout: Self.timeout, silence: Self.silence
        ) { [unowned self] in take($0) }
    }

    private func take(_ arrival: HTTPArrival) {
        switch arrival {
        case .head(let response): head = response
        case .part(let bytes) where head?.status == .ok: print(bytes)
        case .part(let bytes): refusal += bytes.prefix(Self.longestRefusal - refusal.count)
        case .end where head?.status == .ok: goOn(after: nil)
        case .end: heedRefusal()
        case .fault(let fault): goOn(after: fault)
        }
    }

    private func print(_ bytes: [UInt8]) {
        lastHeard = loop.now
        hasFollowed = true
        var lines: [UInt8] = []
        let isTaken = parser.take(bytes.span) { lines += $0.data + [UInt8(ascii: "\n")] }
        guard lines.isEmpty || Console.canShow(lines) else { return finish(nil) }
        lastID = parser.lastID ?? lastID
        if let pause = parser.retryMilliseconds { retryPause = .milliseconds(max(100, pause)) }
        guard !isTaken else { return }
        Console.complain("fusebox: \(place.url): an event is longer than any can be")
        finish(.failed)
    }

    /// A service that starts or stops, or has too many to tell, may be ready later; what else it says is
    /// meant.
    private func heedRefusal() {
        let answer = APIAnswer(HTTPResponse(head?.status ?? .ok, body: refusal))
        if hasFollowed, answer.status == 503 { return goOn(after: nil) }
        Console.complain("fusebox: \(answer.problem)")
        finish(.failed)
    }

    /// - Parameter fault: nil when the service ended in good order.
    private func goOn(after fault: HTTPRequestFault?) {
        exchange = nil
        // It may have been silent for long before it went away.
        if head?.status == .ok { lastHeard = loop.now }
        let isPatient = hasFollowed && lastHeard.duration(to: loop.now) < patience
        guard isPatient else {
            let sentence = fault?.sentence ?? "the server does not come back"
            Console.complain("fusebox: \(place.url): \(sentence)")
            return finish(hasFollowed ? .serverUnreachable : fault?.ending ?? .failed)
        }
        retry = Timer(on: loop) { [unowned self] in
            retry?.close()
            connect()
        }
        retry?.arm(at: loop.now.advanced(by: retryPause))
    }

    private func finish(_ ending: Ending?) {
        self.ending = ending
        exchange?.close()
        retry?.close()
    }
}

@available(*, unavailable)
extension EventTail: Sendable {}

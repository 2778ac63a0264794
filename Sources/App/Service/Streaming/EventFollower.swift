import HTTPServing
import HTTPWire

/// A client that follows events.
final class EventFollower {
    let filter: EventFilter?
    /// Everything up to this number was sent to it, or does not concern it.
    private(set) var position: UInt64
    /// The last id that it knows.
    private(set) var knownID: UInt64
    /// Nil before the answer has begun, and when it is over.
    var stream: HTTPStream?
    /// It has everything that was told, and gets the rest as it is told.
    var isLive = false
    private var wasSpokenTo = false

    init(after position: UInt64, _ filter: EventFilter?) {
        (self.position, knownID) = (position, position)
        self.filter = filter
    }

    /// How to go on from here, before the first event.
    func sendBeginning() {
        var bytes: [UInt8] = []
        bytes.append(
            eventStreamPosition: String(position), retryMilliseconds: StreamLimits.retryMilliseconds)
        send(HTTPPiece(bytes))
    }

    func send(_ page: EventPage) {
        send(page.bytes.isEmpty ? nil : HTTPPiece(page.bytes), page)
    }

    /// - Parameter piece: the page's text; nil when it is empty.
    func send(_ piece: HTTPPiece?, _ page: EventPage) {
        position = page.position
        knownID = page.lastID ?? knownID
        if let piece { send(piece) }
    }

    private func send(_ piece: HTTPPiece) {
        wasSpokenTo = true
        stream?.send(piece)
    }

    /// Says something when nothing was said for long: where the stream is, when that has moved without a
    /// word.
    func breakSilence(with comment: HTTPPiece) {
        defer { wasSpokenTo = false }
        guard !wasSpokenTo else { return }
        guard isLive, knownID < position else {
            stream?.send(comment)
            return
        }
        var bytes: [UInt8] = []
        bytes.append(eventStreamPosition: String(position))
        knownID = position
        stream?.send(HTTPPiece(bytes))
    }
}

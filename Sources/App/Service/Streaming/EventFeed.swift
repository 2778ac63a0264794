import HTTPServing
import HTTPWire
import TaskStores
import Tasks
import UV

/// Tells events to those who follow them.
///
/// Whoever comes with a number is first told what has happened since then: page by page out of the store, as
/// fast as it takes them, then what was told last out of memory. From there on it is live. An event is
/// written down once for all who follow the same; without followers nothing is.
final class EventFeed {
    /// Followers that were sent away because there were too many.
    private(set) var refused: UInt64 = 0
    private let store: any TaskStore
    private var recent: RecentEvents
    private var followers: [ObjectIdentifier: EventFollower] = [:]
    private let silence: SilenceTimer

    /// - Parameter lastNumber: the highest number that an earlier run may have given.
    init(_ store: any TaskStore, on loop: Loop, after lastNumber: UInt64) {
        self.store = store
        silence = SilenceTimer(on: loop)
        recent = RecentEvents(after: lastNumber)
    }

    var followerCount: Int { followers.count }
    var dropped: UInt64 { recent.dropped }

    func close() {
        silence.close()
        followers = [:]
    }

    /// Tells what has happened.
    func tell(_ events: [ServiceEvent]) {
        let before = recent.lastNumber
        recent.take(events, keptThrough: store.eventsKeptThrough)
        guard !followers.isEmpty else { return }
        var pages: [EventFilter?: (page: EventPage, piece: HTTPPiece?)] = [:]
        for follower in Array(followers.values) where follower.isLive {
            // All who are live stand at the same place.
            let shared = pages[follower.filter] ?? Self.page(of: events, after: before, follower.filter)
            pages[follower.filter] = shared
            follower.send(shared.piece, shared.page)
        }
    }

    private static func page(
        of events: [ServiceEvent], after position: UInt64, _ filter: EventFilter?
    ) -> (page: EventPage, piece: HTTPPiece?) {
        var page = EventPage(after: position, filter)
        page.add(events)
        return (page, page.bytes.isEmpty ? nil : HTTPPiece(page.bytes))
    }
}

@available(*, unavailable)
extension EventFeed: Sendable {}

// MARK: - Coming and going

extension EventFeed {
    /// Answers a client that wants to follow.
    ///
    /// - Parameter lastID: the number of the last event that it knows; nil when it wants only what comes.
    func follow(after lastID: UInt64?, _ filter: EventFilter?, _ responder: HTTPResponder) {
        guard followers.count < StreamLimits.followers else {
            refused += 1
            return responder.respond(Problem.tooManySubscribers(StreamLimits.followers).response)
        }
        guard let lastID, lastID < recent.lastNumber else {
            let follower = EventFollower(after: recent.lastNumber, filter)
            begin(follower, responder)
            // A number that was never given here is one of another service or of lost data: whatever was told
            // here may have been missed.
            if let lastID, lastID > recent.lastNumber {
                var page = EventPage(after: 0, filter)
                page.close(through: recent.lastNumber)
                follower.send(page)
            }
            follower.isLive = true
            return
        }
        let follower = EventFollower(after: lastID, filter)
        guard lastID + 1 < recent.first else {
            begin(follower, responder)
            return catchUp(follower)
        }
        followers[ObjectIdentifier(follower)] = follower
        readPage(for: follower) { [self] result in
            switch result {
            case .failure(let fault):
                leave(follower)
                responder.respond(Problem.unreadable(fault).response)
            case .success(let page):
                begin(follower, responder)
                follower.send(page)
                catchUp(follower)
            }
        }
    }

    private func begin(_ follower: EventFollower, _ responder: HTTPResponder) {
        followers[ObjectIdentifier(follower)] = follower
        follower.stream = responder.stream(.eventStream) { [weak self, weak follower] _ in
            if let follower { self?.leave(follower) }
        }
        guard follower.stream != nil else { return leave(follower) }
        follower.sendBeginning()
        silence.start { [unowned self] in
            for follower in Array(followers.values) { follower.breakSilence(with: SilenceTimer.comment) }
            return !followers.isEmpty
        }
    }

    private func leave(_ follower: EventFollower) {
        follower.stream = nil
        followers[ObjectIdentifier(follower)] = nil
    }
}

// MARK: - Catching up

extension EventFeed {
    /// Sends what the follower has missed, as fast as it takes it.
    private func catchUp(_ follower: EventFollower) {
        while let stream = follower.stream {
            guard stream.waitingBytes <= StreamLimits.waitingBytes else {
                return stream.whenTaken { [weak self] in self?.catchUp(follower) }
            }
            guard follower.position + 1 >= recent.first else {
                return readPage(for: follower) { [self] result in
                    switch result {
                    // It knows where it is, and comes back.
                    case .failure:
                        stream.end()
                        leave(follower)
                    case .success(let page):
                        follower.send(page)
                        catchUp(follower)
                    }
                }
            }
            guard follower.position < recent.lastNumber else {
                follower.isLive = true
                return
            }
            var page = EventPage(after: follower.position, follower.filter)
            page.add(recent.events(after: follower.position, limit: StreamLimits.page))
            follower.send(page)
        }
    }

    /// Reads what is on disk and not in memory any more. Everything below the first in memory was told and is
    /// on disk now; so what is not found there is not kept.
    private func readPage(
        for follower: EventFollower, _ completion: @escaping (Result<EventPage, StoreFault>) -> Void
    ) {
        let (position, end) = (follower.position, recent.first)
        store.events(after: position, before: end, limit: StreamLimits.page) { result in
            completion(
                result.map { events in
                    var page = EventPage(after: position, follower.filter)
                    page.add(events)
                    if events.count < StreamLimits.page { page.close(through: end - 1) }
                    return page
                })
        }
    }
}

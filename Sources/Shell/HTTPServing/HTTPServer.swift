package import HTTPWire
import MonotonicTime
package import UV

/// Serves HTTP/1.1 on one address: accepts, reads requests, hands each to the handler, writes the answers.
///
/// All of it lives on the loop. One sweep timer looks at the deadlines of all connections, so a connection
/// costs no timer of its own; a timeout is noticed up to `Configuration.sweepInterval` late.
package final class HTTPServer {
    /// Gets each request once it is whole. The responder may be used now or later, exactly once.
    package typealias Handler = (inout HTTPRequest, HTTPResponder) -> Void
    /// Makes the answer that the server gives by itself, out of its status and the reason.
    package typealias Refusal = (HTTPStatus, String) -> HTTPResponse

    package struct Counters: Equatable, Sendable {
        /// Whole requests that were handed to the handler.
        package internal(set) var requests = 0
        /// Requests that were refused before the handler saw them: malformed, too large, too slow.
        package internal(set) var requestsRefused = 0
        package internal(set) var connectionsAccepted = 0
        /// Connections turned away because there were too many.
        package internal(set) var connectionsRefused = 0
        /// Connections cut because nothing moved for too long.
        package internal(set) var connectionsTimedOut = 0
        /// Streams cut because their client did not take what it was sent.
        package internal(set) var streamsCut = 0
    }

    package internal(set) var counters = Counters()
    package internal(set) var answers: AnswerCounts
    package let address: SocketAddress

    let configuration: Configuration
    let timeouts: Timeouts
    let handler: Handler
    let refusal: Refusal
    private let loop: Loop
    private var listener: TCPListener?
    private var sweepTimer: Timer?
    private var sweepIsArmed = false
    private var connections: [HTTPConnection] = []
    private var onDrained: (() -> Void)?
    private(set) var isDraining = false
    private var turn = Instant(nanoseconds: 0)
    private var clock = DateClock()
    private var spareParsers: [ParserBox] = []
    private var spareOutput: [UInt8] = []

    /// Listens at once.
    ///
    /// - Parameters:
    ///   - address: port 0 takes any free port; `address` then tells which.
    ///   - refusal: 503 is for one connection too many, anything else for a request that cannot be taken.
    package init(
        on loop: Loop, address: SocketAddress, configuration: Configuration = Configuration(),
        refusal: @escaping Refusal, handler: @escaping Handler
    ) throws(UVFault) {
        self.loop = loop
        self.configuration = configuration
        answers = AnswerCounts(kinds: configuration.requestKinds)
        timeouts = Timeouts(configuration)
        self.refusal = refusal
        self.handler = handler
        var accept: (Stream) -> Void = { $0.close() }
        let listener = try TCPListener(on: loop, address: address) { accept($0) }
        self.address = listener.address
        self.listener = listener
        accept = { [unowned self] in self.accept($0) }
        sweepTimer = Timer(on: loop) { [unowned self] in sweep() }
    }

    package var connectionsOpen: Int { connections.count }

    /// Takes no further connections; those that are there go on.
    package func stopAccepting() {
        listener?.close()
        listener = nil
    }

    /// Takes no further connections, closes the idle ones, ends the streams, lets every request under way
    /// have its answer with `Connection: close`, and calls back when the last connection is gone. It has no
    /// deadline: `close()` ends it.
    package func drain(_ completion: @escaping () -> Void) {
        precondition(onDrained == nil, "a server is drained once")
        stopAccepting()
        isDraining = true
        onDrained = completion
        for connection in connections {
            connection.closeIfIdle()
            connection.endStream(.serverDrains)
        }
        finishDraining()
    }

    /// Cuts every connection and ends the server. Answers that come later are dropped.
    package func close() {
        stopAccepting()
        isDraining = true
        for connection in connections { connection.close() }
        sweepTimer?.close()
        sweepTimer = nil
        finishDraining()
    }

    private func finishDraining() {
        guard isDraining, connections.isEmpty else { return }
        sweepTimer?.close()
        sweepTimer = nil
        let completion = onDrained
        onDrained = nil
        completion?()
    }
}

@available(*, unavailable)
extension HTTPServer: Sendable {}

// MARK: - Connections

extension HTTPServer {
    /// Over the limit a client is told so: a listener that stops accepting would leave it waiting in the
    /// backlog without a word. But only a few are told at once; beyond them a flood is cut without an answer.
    private func accept(_ stream: Stream) {
        let refusalsLeft = configuration.maximumConnections + configuration.maximumRefusalsAtOnce
        guard connections.count < refusalsLeft else {
            counters.connectionsRefused += 1
            stream.close()
            return
        }
        let connection = HTTPConnection(stream, of: self, place: connections.count)
        connections.append(connection)
        if connections.count <= configuration.maximumConnections {
            counters.connectionsAccepted += 1
            connection.start()
        } else {
            counters.connectionsRefused += 1
            connection.turnAway()
        }
        armSweep()
    }

    /// Called by a connection that has closed.
    func forget(_ connection: HTTPConnection) {
        let place = connection.place
        precondition(connections[place] === connection, "connection \(place) is not in its place")
        let last = connections.removeLast()
        if last !== connection {
            connections[place] = last
            last.place = place
        }
        finishDraining()
    }

    private func armSweep() {
        guard !sweepIsArmed, !connections.isEmpty else { return }
        sweepIsArmed = true
        sweepTimer?.arm(at: loop.now.advanced(by: configuration.sweepInterval))
    }

    /// From the end, because a connection that closes gives its place to the last one.
    private func sweep() {
        sweepIsArmed = false
        let now = loop.now
        for place in connections.indices.reversed() where place < connections.count {
            connections[place].sweep(at: now)
        }
        armSweep()
    }
}

// MARK: - What connections share

extension HTTPServer {
    /// Counts a request that the handler never sees.
    func countRefusal(_ status: HTTPStatus) {
        counters.requestsRefused += 1
        answers.count(status, kind: 0)
    }

    var now: Instant { loop.now }

    /// The time, kept for everything that happens in the same call of the loop.
    func startTurn() -> Instant {
        turn = loop.now
        return turn
    }

    /// The Date header's value.
    ///
    /// - Parameter isTurnFresh: the caller is inside a turn, so no clock needs to be read.
    func date(isTurnFresh: Bool) -> [UInt8] {
        clock.date(at: isTurnFresh ? turn : startTurn())
    }

    /// A parser at the start of a request. Connections hold one only while a request is incomplete.
    func takeParser() -> ParserBox {
        spareParsers.popLast() ?? ParserBox(limits: configuration.limits)
    }

    func giveBack(_ box: ParserBox) {
        if spareParsers.count < 64 { spareParsers.append(box) }
    }

    /// An empty buffer that has its room already, to collect answers in.
    func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &spareOutput)
        return taken
    }

    func giveBack(output: consuming [UInt8]) {
        guard output.capacity <= 4 * configuration.outputBytes else { return }
        output.removeAll(keepingCapacity: true)
        spareOutput = output
    }
}

/// The current Date header, made at most once a second.
private struct DateClock {
    private var date: [UInt8] = []
    private var freshUntil = Instant(nanoseconds: .min)

    mutating func date(at now: Instant) -> [UInt8] {
        if now >= freshUntil {
            let milliseconds = wallClockMilliseconds()
            let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
            date = httpDate(unixSeconds: seconds)
            freshUntil = now.advanced(byNanoseconds: (1000 - (milliseconds - seconds * 1000)) * 1_000_000)
        }
        return date
    }
}

/// A parser that can be handed from connection to connection without moving it.
final class ParserBox {
    var parser: RequestParser

    init(limits: HTTPLimits) {
        parser = RequestParser(limits: limits)
    }
}

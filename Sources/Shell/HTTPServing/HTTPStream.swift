package import HTTPWire
import MonotonicTime
import UV

/// Why nothing more can be sent.
package enum HTTPStreamEnd: Hashable, Sendable {
    /// It has closed its side or the connection broke.
    case clientLeft
    /// It did not take what it was sent: too much waited for it, or nothing moved for too long.
    case tooSlow
    case serverDrains
}

/// A body that is sent as it comes about. What it sends goes out at once; a client that reads more slowly has
/// some of it waiting in memory, within a limit.
package final class HTTPStream {
    /// Nil when it is over.
    private var connection: HTTPConnection?
    private let isChunked: Bool
    private var onEnd: ((HTTPStreamEnd) -> Void)?
    /// Bytes handed to the connection, and how many of them had been taken when it was last looked.
    fileprivate var givenBytes = 0
    fileprivate var takenBytes = 0

    fileprivate init(
        _ connection: HTTPConnection, isChunked: Bool, _ onEnd: @escaping (HTTPStreamEnd) -> Void
    ) {
        self.connection = connection
        self.isChunked = isChunked
        self.onEnd = onEnd
    }

    /// Bytes that the client has not taken yet.
    package var waitingBytes: Int { connection?.unsentBytes ?? 0 }

    /// Sends a piece; nothing when the stream is over. One that finds too much waiting ends the stream
    /// instead, and `onEnd` is called within this call.
    package func send(_ piece: HTTPPiece) {
        guard let connection else { return }
        guard connection.unsentBytes <= connection.server.configuration.streamWaitingBytes else {
            over(.tooSlow)
            return connection.close()
        }
        send(piece.bytes(isChunked: isChunked))
    }

    /// Calls back, on a later turn, when the client has taken everything that was sent so far. Not when it
    /// never does.
    package func whenTaken(_ body: @escaping () -> Void) {
        guard let connection else { return }
        connection.stream.write([]) { [weak self] fault in
            if fault == nil, self?.connection != nil { body() }
        }
    }

    /// Ends the body in good order, and the connection behind it.
    package func end() {
        guard let connection else { return }
        onEnd = nil
        connection.endStream(nil)
    }

    fileprivate func sendEnd() {
        if isChunked { send(HTTPPiece.end) }
    }

    private func send(_ bytes: [UInt8]) {
        givenBytes += bytes.count
        connection?.writeStreamed(bytes)
    }

    /// Nothing more is sent.
    func over(_ end: HTTPStreamEnd?) {
        guard let connection else { return }
        self.connection = nil
        connection.body = nil
        if end == .tooSlow { connection.server.counters.streamsCut += 1 }
        let tell = onEnd.take()
        if let end { tell?(end) }
    }
}

@available(*, unavailable)
extension HTTPStream: Sendable {}

extension HTTPConnection {
    func startStream(
        _ head: HTTPResponse, to number: UInt32, _ onEnd: @escaping (HTTPStreamEnd) -> Void
    ) -> HTTPStream? {
        guard phase != .closed else { return nil }
        precondition(phase == .handling && number == requestNumber, "request \(number) was answered twice")
        server.answers.count(head.status, kind: requestKind)
        if output.capacity == 0 { output = server.takeOutput() }
        head.appendStreamHead(
            to: &output, date: server.date(isTurnFresh: isWorking), isChunked: takesChunks)
        deadline = .distantFuture
        phase = .streaming
        forgetRequests()
        let started = HTTPStream(self, isChunked: takesChunks, onEnd)
        started.givenBytes = output.count
        body = started
        if answersHead {
            started.over(nil)
            if isWorking { beginClosing() } else { endOurSide() }
        } else if server.isDraining || clientHasEnded {
            // Whoever has ended its side before the first word does not wait for the last, and nobody would
            // say when it has gone.
            endStream(nil)
        } else if !isWorking {
            flush()
        }
        if !stream.isReading, !clientHasEnded { stream.startReading() }
        if !isWorking { returnOutput() }
        return body
    }

    /// - Parameter reason: what is told to whoever sends; nil when it was its own wish.
    func endStream(_ reason: HTTPStreamEnd?) {
        guard phase == .streaming, let body else { return }
        body.sendEnd()
        body.over(reason)
        // Whoever was told may have closed the connection.
        guard phase == .streaming else { return }
        if isWorking { beginClosing() } else { endOurSide() }
    }

    /// What the client has not taken, and what is still to be written in this call of the loop.
    fileprivate var unsentBytes: Int { output.count + stream.pendingWriteBytes }

    /// Behind what was collected, or at once.
    fileprivate func writeStreamed(_ bytes: [UInt8]) {
        if isWorking || !output.isEmpty {
            output.append(contentsOf: bytes)
        } else {
            stream.write(bytes)
        }
    }

    /// A client that has nothing waiting for it may be as silent as it likes; one that has must take
    /// something from time to time.
    func watchStream(at now: Instant) {
        guard let body else { return }
        let waiting = stream.pendingWriteBytes
        let taken = body.givenBytes - waiting
        defer { body.takenBytes = taken }
        if waiting == 0 {
            deadline = .distantFuture
        } else if deadline == .distantFuture || taken > body.takenBytes {
            deadline = now.advanced(byNanoseconds: server.timeouts.writeStall)
        }
    }
}

import HTTPWire
import MonotonicTime
import UV

extension HTTPConnection {
    /// Called by the responder, inside the handler or later.
    func answer(_ response: HTTPResponse, to number: UInt32) {
        guard phase != .closed else { return }
        precondition(phase == .handling && number == requestNumber, "request \(number) was answered twice")
        server.answers.count(response.status, kind: requestKind)
        if server.isDraining { connectionField = .close }
        if output.capacity == 0 { output = server.takeOutput() }
        response.append(
            to: &output, date: server.date(isTurnFresh: isWorking), connection: connectionField,
            answersHead: answersHead)
        phase = .reading
        if case .close = connectionField { beginClosing() }
        if !isWorking { proceed() }
    }

    /// Answers 503 without having read anything, and closes.
    func turnAway() {
        stream.startReading()
        refuseNow(.serviceUnavailable, "The server has as many connections as it takes.")
    }

    func refuseNow(_ status: HTTPStatus, _ reason: String) {
        output = server.takeOutput()
        refuse(status, reason)
        flush()
        returnOutput()
    }

    /// The server's own answer to what cannot be taken; it is the last one.
    func refuse(_ status: HTTPStatus, _ reason: String) {
        server.refusal(status, reason).append(
            to: &output, date: server.date(isTurnFresh: isWorking), connection: .close)
        beginClosing()
    }

    /// Ends a connection that has nothing left to answer.
    func endOurSide() {
        beginClosing()
        flush()
    }

    func returnOutput() {
        var lent: [UInt8] = []
        swap(&lent, &output)
        server.giveBack(output: lent)
    }
}

// MARK: - Writing

extension HTTPConnection {
    /// Writes what has been collected, and ends our side behind it when this was the last answer.
    func flush() {
        if !output.isEmpty, phase != .closed {
            stream.write(output)
            output.removeAll(keepingCapacity: true)
        }
        switch phase {
        case .reading:
            guard stream.pendingWriteBytes > 0 else { return }
            phase = .flushing
            watchWriting()
            // A write that asks to be told costs a request of libuv's, so only one that comes after a full
            // kernel buffer asks: it is empty, and done when everything before it is.
            stream.write([]) { [self] fault in wrote(fault) }
        case .closing:
            watchWriting()
            stream.shutdown { [self] fault in ourSideEnded(fault) }
        case .handling, .streaming, .flushing, .lingering, .closed:
            break
        }
    }

    private func wrote(_ fault: UVFault?) {
        guard fault == nil else {
            close()
            return
        }
        guard phase == .flushing else { return }
        phase = .reading
        proceed()
    }

    private func watchWriting() {
        unwritten = UInt32(clamping: stream.pendingWriteBytes)
        deadline = server.now.advanced(byNanoseconds: server.timeouts.writeStall)
    }

    /// A client that takes at least something gets the whole time again.
    func noticeProgress(at now: Instant) {
        guard stream.pendingWriteBytes < Int(unwritten) else { return }
        unwritten = UInt32(clamping: stream.pendingWriteBytes)
        deadline = now.advanced(byNanoseconds: server.timeouts.writeStall)
    }
}

// MARK: - Ending

extension HTTPConnection {
    /// From here on whatever comes is thrown away, but read: closing a socket with unread bytes resets it,
    /// and a reset can take the answer away from a client that has not read it yet (RFC 9112, section 9.6).
    func beginClosing() {
        phase = .closing
        forgetRequests()
        if !stream.isReading, !clientHasEnded { stream.startReading() }
    }

    private func ourSideEnded(_ fault: UVFault?) {
        guard phase == .closing else { return }
        guard fault == nil, !clientHasEnded else {
            close()
            return
        }
        phase = .lingering
        deadline = server.now.advanced(byNanoseconds: server.timeouts.linger)
    }
}

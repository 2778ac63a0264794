import HTTPWire
import MonotonicTime
import UV

/// One connection: reads requests one after another and writes their answers in order.
///
/// An idle one holds no buffer and no parser; it borrows both from the server while it works. This file
/// reads; the other half, HTTPConnection+Answering, writes and ends.
final class HTTPConnection {
    enum Phase {
        /// Between requests, or inside one. → handling, flushing, closing, closed
        case reading
        /// The handler has the request. → reading, streaming, closing, closed
        case handling
        /// The answer is sent as it comes about; it is the last one. → closing, closed
        case streaming
        /// The client does not take its answers; the next request waits. → reading, closed
        case flushing
        /// The last answer is on its way, then the end of our side. → lingering, closed
        case closing
        /// Our side has ended; what still comes is thrown away. → closed
        case lingering
        /// For ever.
        case closed
    }

    /// Where the server keeps this connection.
    var place: Int
    let stream: Stream
    let server: HTTPServer
    var phase = Phase.reading
    var isWorking = false
    var clientHasEnded = false
    var answersHead = false
    /// Whether the client understands a body in chunks.
    var takesChunks = true
    /// While streaming.
    var body: HTTPStream?
    /// What the handler says the request is, for counting; 0 as long as it has not said.
    var requestKind: UInt8 = 0
    var connectionField = ConnectionField.none
    var requestNumber: UInt32 = 0
    var deadline = Instant.distantFuture
    /// What the client had not taken when it was last looked at, in bytes.
    var unwritten: UInt32 = 0
    /// What came after the last answer, in bytes.
    var thrownAway: UInt32 = 0
    var output: [UInt8] = []
    /// Bytes behind the request that is being answered.
    private var waiting: [UInt8] = []
    /// The parser of a request that has begun and is not whole.
    private var partial: ParserBox?

    init(_ stream: Stream, of server: HTTPServer, place: Int) {
        self.stream = stream
        self.server = server
        self.place = place
        stream.onRead = { [self] in received($0) }
        stream.onEnd = { [self] in ended($0) }
    }

    func start() {
        deadline = server.now.advanced(byNanoseconds: server.timeouts.idle)
        stream.startReading()
    }

    func closeIfIdle() {
        if phase == .reading, partial == nil, !isWorking { close() }
    }

    /// Cuts the connection. Whatever was to be answered is dropped.
    func close() {
        guard phase != .closed else { return }
        phase = .closed
        forgetRequests()
        body?.over(.clientLeft)
        stream.close()
        server.forget(self)
    }

    func forgetRequests() {
        waiting = []
        partial = nil
    }
}

@available(*, unavailable)
extension HTTPConnection: Sendable {}

// MARK: - Reading

extension HTTPConnection {
    private func received(_ bytes: Span<UInt8>) {
        switch phase {
        case .reading: work(on: bytes)
        case .handling, .flushing: keep(bytes, from: 0)
        case .streaming, .closing, .lingering: throwAway(bytes.count)
        case .closed: break
        }
    }

    /// nil: the client has ended its side in good order, but may be waiting for answers.
    private func ended(_ fault: UVFault?) {
        clientHasEnded = true
        switch phase {
        case .reading, .streaming, .lingering: close()
        case .handling, .flushing, .closing: if fault != nil { close() }
        case .closed: break
        }
    }

    private func keep(_ bytes: Span<UInt8>, from position: Int) {
        let rest = bytes.extracting(position..<bytes.count)
        waiting.append(addingCapacity: rest.count) { (output: inout OutputSpan<UInt8>) in
            for index in rest.indices { output.append(rest[index]) }
        }
        if waiting.count > server.configuration.waitingBytes { stream.stopReading() }
    }

    private func throwAway(_ count: Int) {
        thrownAway += UInt32(count)
        if Int(thrownAway) > server.configuration.lingerBytes { close() }
    }

    /// Goes on with what waited behind an answer that has now been given or taken.
    func proceed() {
        var bytes: [UInt8] = []
        swap(&bytes, &waiting)
        if let partial { deadline = partialDeadline(partial, at: server.now) }
        work(on: bytes.span)
        if phase == .reading, !stream.isReading { stream.startReading() }
    }

    /// Reads as many requests as there are and can be answered; all answers go out in one write.
    private func work(on bytes: Span<UInt8>) {
        let now = server.startTurn()
        if output.capacity == 0 { output = server.takeOutput() }
        isWorking = true
        var position = 0
        repeat {
            parse(bytes, from: &position, at: now)
            flush()
        } while phase == .reading && position < bytes.count
        isWorking = false
        returnOutput()
        switch phase {
        case .handling, .flushing:
            if position < bytes.count { keep(bytes, from: position) }
        case .reading:
            if clientHasEnded || (server.isDraining && partial == nil) {
                endOurSide()
            } else if partial == nil {
                deadline = now.advanced(byNanoseconds: server.timeouts.idle)
            }
        case .streaming: if position < bytes.count { throwAway(bytes.count - position) }
        case .closing, .lingering, .closed: break
        }
    }

    private func parse(_ bytes: Span<UInt8>, from position: inout Int, at now: Instant) {
        guard position < bytes.count else { return }
        let box = partial ?? server.takeParser()
        var isFresh = partial == nil
        let wasReadingBody = box.parser.isReadingBody
        partial = nil
        while phase == .reading, position < bytes.count, output.count < server.configuration.outputBytes {
            switch box.parser.advance(over: bytes, from: &position) {
            case .needsMore:
                if isFresh || wasReadingBody != box.parser.isReadingBody {
                    deadline = partialDeadline(box, at: now)
                }
                awaitRest(box)
                return
            case .complete:
                handle(box, at: now)
                isFresh = true
            case .refused(let refusal):
                server.countRefusal(refusal.status)
                refuse(refusal.status, refusal.reason)
                return
            }
        }
        server.giveBack(box)
    }

    /// The rest of the request is to come; a client that holds its body back is told to send it.
    private func awaitRest(_ box: ParserBox) {
        if box.parser.awaitsContinue {
            output.appendContinue()
            box.parser.continueSent()
        }
        partial = box
    }

    private func partialDeadline(_ box: ParserBox, at now: Instant) -> Instant {
        now.advanced(byNanoseconds: box.parser.isReadingBody ? server.timeouts.body : server.timeouts.head)
    }

    private func handle(_ box: ParserBox, at now: Instant) {
        phase = .handling
        requestNumber &+= 1
        requestKind = 0
        server.counters.requests += 1
        answersHead = box.parser.request.method == .head
        switch (box.parser.request.keepsAlive, box.parser.request.version) {
        case (false, _): connectionField = .close
        case (true, .http10): connectionField = .keepAlive
        case (true, .http11): connectionField = .none
        }
        takesChunks = box.parser.request.version == .http11
        deadline = now.advanced(byNanoseconds: server.timeouts.answer)
        server.handler(&box.parser.request, HTTPResponder(self, requestNumber: requestNumber))
        box.parser.nextRequest()
    }
}

// MARK: - Deadlines

extension HTTPConnection {
    /// Looks at the deadline.
    func sweep(at now: Instant) {
        switch phase {
        case .flushing, .closing: noticeProgress(at: now)
        case .streaming: watchStream(at: now)
        case .reading, .handling, .lingering, .closed: break
        }
        guard now >= deadline, phase != .closed else { return }
        body?.over(.tooSlow)
        if phase != .lingering { server.counters.connectionsTimedOut += 1 }
        if phase == .reading, let partial {
            let part = partial.parser.isReadingBody ? "body" : "head"
            server.countRefusal(.requestTimeout)
            refuseNow(.requestTimeout, "The \(part) of the request did not come in time.")
        } else {
            close()
        }
    }
}

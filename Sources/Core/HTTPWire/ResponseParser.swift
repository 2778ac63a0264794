/// Reads one response from bytes in any pieces, for a client that uses a connection once.
package struct ResponseParser: ~Copyable {
    package enum Progress: Equatable {
        /// All input was taken and the response goes on.
        case needsMore
        /// Take it with `takeResponse`.
        case complete
        /// The answer cannot be understood or is over a limit.
        case malformed(reason: String, byteOffset: Int)
    }

    private enum State {
        /// → fields, malformed
        case statusLine
        /// → statusLine (after a 1xx), counted, chunked, untilClose, complete, malformed
        case fields(start: Int, version: HTTPVersion, status: HTTPStatus)
        /// → complete
        case counted(remaining: Int)
        /// → complete, malformed
        case chunked
        /// → complete, by `finish`; malformed
        case untilClose
        /// For ever.
        case complete
        /// For ever.
        case malformed(HTTPRefusal)
    }

    private let limits: HTTPLimits
    private let answersHead: Bool
    private var state = State.statusLine
    private var response = HTTPResponse(.ok)
    private var head: [UInt8] = []
    private var framing = Framing()
    private var chunks = ChunkedBody()
    private var bytesTaken = 0
    /// Where the present head starts: behind the interim responses.
    private var headStart = 0
    private var interimResponses = 0

    /// - Parameter answersHead: the request was HEAD, so no body follows whatever the headers say.
    package init(limits: HTTPLimits = HTTPLimits(), answersHead: Bool = false) {
        self.limits = limits
        self.answersHead = answersHead
    }

    /// Takes bytes from `position` on and moves it behind them.
    package mutating func advance(over input: Span<UInt8>, from position: inout Int) -> Progress {
        var mark = position
        while true {
            let progress: Progress?
            switch state {
            case .statusLine: progress = takeStatusLine(input, from: &position)
            case .fields(let start, let version, let status):
                progress = takeField(input, from: &position, start, version, status)
            case .counted(let remaining): progress = takeBody(input, from: &position, remaining: remaining)
            case .chunked: progress = takeChunks(input, from: &position)
            case .untilClose: progress = takeRest(input, from: &position)
            case .complete: return .complete
            case .malformed(let flaw): return fail(flaw)
            }
            bytesTaken += position - mark
            mark = position
            if let progress { return progress }
        }
    }

    /// The other side has ended the stream: that completes a body without a length, and breaks any other.
    package mutating func finish() -> Progress {
        switch state {
        case .complete: return .complete
        case .malformed(let flaw): return fail(flaw)
        case .untilClose: return complete()
        case .statusLine, .fields, .counted, .chunked:
            return fail(.malformed("The connection ended inside the response.", at: bytesTaken))
        }
    }

    /// The response that is complete, moved out.
    package mutating func takeResponse() -> HTTPResponse {
        guard case .complete = state else { preconditionFailure("the response is not complete") }
        var taken = HTTPResponse(response.status)
        swap(&taken, &response)
        return taken
    }

    /// The response without its body, as soon as its head is there; what came of the body is in `takePart()`.
    package var headOfResponse: HTTPResponse? {
        switch state {
        case .statusLine, .fields, .malformed: nil
        case .counted, .chunked, .untilClose, .complete:
            HTTPResponse(response.status, contentType: response.contentType, headers: response.headers)
        }
    }

    /// What came of the body since this was asked last, for a body that never ends: the limit of its length
    /// is then one of what was not taken.
    package mutating func takePart() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &response.body)
        return taken
    }

    private mutating func fail(_ flaw: HTTPRefusal) -> Progress {
        state = .malformed(flaw)
        return .malformed(reason: flaw.reason, byteOffset: flaw.byteOffset)
    }

    private mutating func fail(inHead flaw: HTTPRefusal) -> Progress {
        fail(flaw.moved(by: headStart))
    }

    private mutating func complete() -> Progress {
        state = .complete
        return .complete
    }
}

// MARK: - Head

extension ResponseParser {
    private mutating func takeStatusLine(_ input: Span<UInt8>, from position: inout Int) -> Progress? {
        if let progress = takeLine(input, from: &position) { return progress }
        switch StatusLine.parse(head.span, 0..<head.count - 2) {
        case .failure(let flaw): return fail(inHead: flaw)
        case .success(let line):
            state = .fields(start: head.count, version: line.version, status: line.status)
            return nil
        }
    }

    private mutating func takeField(
        _ input: Span<UInt8>, from position: inout Int, _ start: Int, _ version: HTTPVersion,
        _ status: HTTPStatus
    ) -> Progress? {
        if let progress = takeLine(input, from: &position) { return progress }
        let line = start..<head.count - 2
        if line.isEmpty { return endHead(status) }
        guard response.headers.count < limits.headerCount else {
            return fail(inHead: .malformed("The response has too many headers.", at: start))
        }
        switch FieldLine.parse(head.span, line) {
        case .failure(let flaw): return fail(inHead: flaw)
        case .success(let field):
            let bytes = head
            let flaw = framing.take(
                field, of: bytes.span, version: version,
                bodyLimit: answersHead || status.forbidsBody ? .max : limits.bodyBytes)
            if let flaw { return fail(inHead: flaw) }
            keep(field)
        }
        state = .fields(start: head.count, version: version, status: status)
        return nil
    }

    private mutating func takeLine(_ input: Span<UInt8>, from position: inout Int) -> Progress? {
        let mark = position
        let scan = scanLine(input, from: &position, into: &head, limit: limits.headBytes)
        if case .line = scan { return nil }
        let reason = "The head of the response is too long."
        let next = bytesTaken + position - mark
        return scan.refusal(at: next, tooLong: .badRequest, reason).map { fail($0) } ?? .needsMore
    }

    private mutating func keep(_ field: FieldLine) {
        let value = String(decoding: head[field.value], as: UTF8.self)
        if field.known == .contentType {
            response.contentType = value
        } else {
            response.headers.append(HTTPField(String(decoding: head[field.name], as: UTF8.self), value))
        }
    }

    /// How the body is framed follows RFC 9112, section 6.3.
    private mutating func endHead(_ status: HTTPStatus) -> Progress? {
        if status.code < 200 { return skipInterim(status) }
        response.status = status
        if answersHead || status.forbidsBody { return complete() }
        if framing.isChunked {
            state = .chunked
        } else if let length = framing.contentLength {
            guard length > 0 else { return complete() }
            response.body.reserveCapacity(min(length, 64 * 1024))
            state = .counted(remaining: length)
        } else {
            state = .untilClose
        }
        return nil
    }

    private mutating func skipInterim(_ status: HTTPStatus) -> Progress? {
        interimResponses += 1
        guard status.code != 101, interimResponses <= limits.interimResponses else {
            return fail(.malformed("Only a few interim responses are taken, and no upgrade.", at: headStart))
        }
        headStart += head.count
        head.removeAll(keepingCapacity: true)
        response = HTTPResponse(.ok)
        framing = Framing()
        state = .statusLine
        return nil
    }
}

// MARK: - Body

extension ResponseParser {
    private mutating func takeBody(
        _ input: Span<UInt8>, from position: inout Int, remaining: Int
    ) -> Progress? {
        let count = min(remaining, input.count - position)
        response.body.append(input, position..<position + count)
        position += count
        guard count < remaining else { return complete() }
        state = .counted(remaining: remaining - count)
        return .needsMore
    }

    private mutating func takeChunks(_ input: Span<UInt8>, from position: inout Int) -> Progress? {
        let mark = position
        switch chunks.decode(input, from: &position, into: &response.body, limits: limits) {
        case .needsMore: return .needsMore
        case .complete: return complete()
        case .refused(let flaw): return fail(flaw.moved(by: bytesTaken - mark))
        }
    }

    private mutating func takeRest(_ input: Span<UInt8>, from position: inout Int) -> Progress? {
        let count = input.count - position
        guard count <= limits.bodyBytes - response.body.count else {
            let allowed = limits.bodyBytes - response.body.count
            return fail(.malformed("The body of the response is too long.", at: bytesTaken + allowed))
        }
        response.body.append(input, position..<position + count)
        position += count
        return .needsMore
    }
}

/// Reads HTTP/1.1 and HTTP/1.0 requests from bytes in any pieces: the outcome does not depend on the cuts.
///
/// Give it input with `advance`. On `.complete` use `request`, then call `nextRequest` and go on with the
/// input that was left over. It is meant to be used again: after the first few requests it allocates nothing
/// more.
package struct RequestParser: ~Copyable {
    package enum Progress: Equatable {
        /// All input was taken and the request goes on.
        case needsMore
        /// `request` is whole; what lies behind `position` belongs to the next one.
        case complete
        /// Answer with this status and close.
        case refused(HTTPRefusal)
    }

    private enum State {
        /// → fields, refused
        case requestLine(start: Int, emptyLines: Int)
        /// → counted, chunked, complete, refused
        case fields(start: Int)
        /// → complete
        case counted(remaining: Int)
        /// → complete, refused
        case chunked
        /// → requestLine, by `nextRequest`
        case complete
        /// For ever; `refusal` says why.
        case refused
    }

    /// What one step of `advance` ends with.
    private enum Step {
        case goOn
        case needsMore
        case complete
        case refused
    }

    package let limits: HTTPLimits
    package var request = HTTPRequest()
    /// Bytes of this request so far.
    package private(set) var bytesTaken = 0
    private var state = State.requestLine(start: 0, emptyLines: 0)
    private var refusal: HTTPRefusal?
    private var rules = RequestRules()
    private var chunks = ChunkedBody()

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Whether a body byte is what comes next.
    package var isReadingBody: Bool {
        switch state {
        case .counted, .chunked: true
        case .requestLine, .fields, .complete, .refused: false
        }
    }

    /// Whether the client may be holding its body back until it gets a `100 Continue`.
    package var awaitsContinue: Bool { rules.expectsContinue && isReadingBody }

    /// The interim answer has been sent.
    package mutating func continueSent() {
        rules.expectsContinue = false
    }

    /// Takes bytes from `position` on and moves it behind them.
    ///
    /// - Precondition: the request before is not still `.complete`: see `nextRequest`.
    package mutating func advance(over input: Span<UInt8>, from position: inout Int) -> Progress {
        while true {
            let mark = position
            let step: Step
            switch state {
            case .requestLine(let start, let emptyLines):
                step = takeRequestLine(input, from: &position, start: start, emptyLines: emptyLines)
            case .fields(let start): step = takeField(input, from: &position, start: start)
            case .counted(let remaining): step = takeBody(input, from: &position, remaining: remaining)
            case .chunked: step = takeChunks(input, from: &position)
            case .complete: preconditionFailure("a complete request must be left with nextRequest first")
            case .refused: step = .refused
            }
            bytesTaken += position - mark
            switch step {
            case .goOn: continue
            case .needsMore: return .needsMore
            case .complete: return .complete
            case .refused:
                guard let refusal else { preconditionFailure("a refusal without its reason") }
                return .refused(refusal)
            }
        }
    }

    /// Forgets the present request and gets ready for the next one.
    package mutating func nextRequest() {
        state = .requestLine(start: 0, emptyLines: 0)
        bytesTaken = 0
        request.reset()
        rules = RequestRules()
        chunks.reset()
    }

    private mutating func complete() -> Step {
        state = .complete
        return .complete
    }

    private mutating func refuse(_ refusal: HTTPRefusal) -> Step {
        self.refusal = refusal
        state = .refused
        return .refused
    }
}

// MARK: - Head

extension RequestParser {
    private mutating func takeRequestLine(
        _ input: Span<UInt8>, from position: inout Int, start: Int, emptyLines: Int
    ) -> Step {
        let step = takeLine(input, from: &position, tooLong: .uriTooLong)
        guard case .goOn = step else { return step }
        let line = start..<request.head.count - 2
        if line.isEmpty { return skipEmptyLine(emptyLines: emptyLines) }
        switch RequestLine.parse(request.head.span, line, targetLimit: limits.targetBytes) {
        case .failure(let refusal): return refuse(refusal)
        case .success(let parsed):
            request.method = parsed.method
            request.methodName = parsed.methodName
            request.target = parsed.target
            request.version = parsed.version
        }
        state = .fields(start: request.head.count)
        return .goOn
    }

    /// A few empty lines are taken for old clients that end a body with CRLF (RFC 9112, section 2.2).
    private mutating func skipEmptyLine(emptyLines: Int) -> Step {
        let end = request.head.count
        guard emptyLines < limits.leadingEmptyLines else {
            return refuse(.malformed("Too many empty lines come before the request.", at: end - 2))
        }
        state = .requestLine(start: end, emptyLines: emptyLines + 1)
        return .goOn
    }

    private mutating func takeField(
        _ input: Span<UInt8>, from position: inout Int, start: Int
    ) -> Step {
        let step = takeLine(input, from: &position, tooLong: .headerFieldsTooLarge)
        guard case .goOn = step else { return step }
        let line = start..<request.head.count - 2
        if line.isEmpty { return endHead(at: line.lowerBound) }
        guard request.fields.count < limits.headerCount else {
            return refuse(
                HTTPRefusal(
                    .headerFieldsTooLarge, "There are more than \(limits.headerCount) headers.", at: start))
        }
        switch FieldLine.parse(request.head.span, line) {
        case .failure(let refusal): return refuse(refusal)
        case .success(let field):
            if RequestRules.heed(field.known), let refusal = heed(field) { return refuse(refusal) }
            request.fields.append(field)
        }
        state = .fields(start: request.head.count)
        return .goOn
    }

    /// Goes on when `request.head` ends with a whole line.
    private mutating func takeLine(
        _ input: Span<UInt8>, from position: inout Int, tooLong status: HTTPStatus
    ) -> Step {
        let mark = position
        let scan = scanLine(input, from: &position, into: &request.head, limit: limits.headBytes)
        if case .line = scan { return .goOn }
        if case .needsMore = scan { return .needsMore }
        let reason = "The head is longer than \(limits.headBytes) bytes."
        let next = bytesTaken + position - mark
        guard let refusal = scan.refusal(at: next, tooLong: status, reason) else { return .needsMore }
        return refuse(refusal)
    }

    private mutating func heed(_ field: FieldLine) -> HTTPRefusal? {
        let head = request.head
        return rules.take(field, of: head.span, request.version, limits)
    }

    private mutating func endHead(at position: Int) -> Step {
        guard rules.hostIsKnown || request.version == .http10 else {
            return refuse(.malformed("There is no Host header.", at: position))
        }
        request.keepsAlive = rules.framing.keepsAlive(request.version)
        if rules.framing.isChunked {
            state = .chunked
        } else if let length = rules.framing.contentLength, length > 0 {
            // A length is only a promise: a large body gets its room as it comes.
            request.body.reserveCapacity(min(length, 64 * 1024))
            state = .counted(remaining: length)
        } else {
            return complete()
        }
        return .goOn
    }
}

// MARK: - Body

extension RequestParser {
    private mutating func takeBody(
        _ input: Span<UInt8>, from position: inout Int, remaining: Int
    ) -> Step {
        let count = min(remaining, input.count - position)
        guard count > 0 else { return .needsMore }
        rules.expectsContinue = false
        request.body.append(input, position..<position + count)
        position += count
        guard count < remaining else { return complete() }
        state = .counted(remaining: remaining - count)
        return .needsMore
    }

    private mutating func takeChunks(_ input: Span<UInt8>, from position: inout Int) -> Step {
        if position < input.count { rules.expectsContinue = false }
        let mark = position
        switch chunks.decode(input, from: &position, into: &request.body, limits: limits) {
        case .needsMore: return .needsMore
        case .complete: return complete()
        case .refused(let refusal): return refuse(refusal.moved(by: bytesTaken - mark))
        }
    }
}

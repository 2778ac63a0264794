import CircuitBreaking
import HTTPWire
import JSON
import MonotonicTime
import Tasks

/// An answer that says no or that something failed: `application/problem+json` (RFC 9457).
struct Problem: Error {
    let status: HTTPStatus
    /// Tells problems of one status apart, such as `circuit-open` and `storage`.
    let type: String
    let title: String
    let detail: String
    /// The field, parameter or header that is wrong.
    var field: String?
    /// The state of the circuit that lets nothing in.
    var state: String?
    /// Whole seconds after which it makes sense to come back, at least 1; nil when nobody knows.
    var retryAfter: Int64?
    /// The methods that the address takes.
    var allow: String?

    init(_ status: HTTPStatus, _ type: String, _ title: String, _ detail: String, field: String? = nil) {
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.field = field
    }

    static let contentType = "application/problem+json"

    var body: [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.object { $0.problemMembers(self) }
        return writer.finish()
    }

    var response: HTTPResponse {
        var headers: [HTTPField] = []
        if let retryAfter { headers.append(HTTPField("Retry-After", String(retryAfter))) }
        if let allow { headers.append(HTTPField("Allow", allow)) }
        return HTTPResponse(status, contentType: Self.contentType, headers: headers, body: body)
    }
}

extension JSONWriter {
    mutating func problemMembers(_ problem: Problem) {
        member("type", problem.type)
        member("title", problem.title)
        member("status", problem.status.code)
        member("detail", problem.detail)
        if let field = problem.field { member("field", field) }
        if let state = problem.state { member("state", state) }
        if let retryAfter = problem.retryAfter { member("retry_after", retryAfter) }
    }
}

extension Problem {
    static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, "not-found", "Not found", detail)
    }

    static func invalid(_ field: String, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "invalid-field", "Invalid field", detail, field: field)
    }

    static var forbiddenOrigin: Problem {
        Problem(
            .forbidden, "forbidden-origin", "Forbidden origin",
            "A web page of another address may not speak to the service: Origin and Host differ.")
    }

    static func notJSON(_ error: JSONError, _ name: String = "The body") -> Problem {
        Problem(.badRequest, "invalid-json", "Not JSON", "\(name) is not JSON: \(error)")
    }

    static func botNotConfigured(_ bot: BotID) -> Problem {
        Problem(
            .conflict, "bot-not-configured", "Bot not configured",
            "The task waits for bot \(bot), which is not configured; it was not cancelled and keeps waiting.")
    }

    static func storage(_ fault: StoreFault) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "storage", "Storage failed",
            "Nothing can be stored or read at present: \(fault.message)")
        problem.retryAfter = 1
        return problem
    }

    /// Something that is kept cannot be read. What is damaged stays so, as far as anybody knows.
    static func unreadable(_ fault: StoreFault) -> Problem {
        guard fault.kind == .unusable else { return .storage(fault) }
        return Problem(
            .serviceUnavailable, "storage", "Storage failed", "What is kept cannot be told: \(fault.message)")
    }

    static func tooManySubscribers(_ limit: Int) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "too-many-subscribers", "Too many subscribers",
            "The service already streams to as many as it does, \(limit).")
        problem.retryAfter = 5
        return problem
    }

    /// A circuit was moved, but only in memory yet.
    static func movedUnsaved(_ fault: StoreFault) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "storage", "Storage failed",
            "The circuit was moved, but that could not be saved (\(fault.message)). It holds now, and is "
                + "saved as soon as the store is good again.")
        problem.retryAfter = 1
        return problem
    }

    /// A request that is not HTTP as we read it, or whose query is not.
    static func malformed(_ status: HTTPStatus, _ detail: String) -> Problem {
        Problem(status, "request-refused", status.phrase, detail)
    }

    /// What the server refuses by itself: see `HTTPServer.Refusal`.
    init(refusedWith status: HTTPStatus, _ detail: String) {
        guard status == .serviceUnavailable else {
            self = .malformed(status, detail)
            return
        }
        self.init(status, "too-many-connections", "Too many connections", detail)
        retryAfter = 1
    }

    init(_ refusal: Refusal, bot: BotID?) {
        let bot = bot.map { " of bot \($0)" } ?? ""
        switch refusal {
        case .circuit(let state, let retryAfter):
            self.init(
                .serviceUnavailable, "circuit-open", "Circuit \(state.rawValue)",
                "The circuit\(bot) is \(state.rawValue) and lets no more tasks in at present.")
            self.state = state.rawValue
            self.retryAfter = retryAfter.map { max(1, $0.secondsRoundedUp) }
        case .queueFull(let limit, let retryAfter):
            self.init(
                .tooManyRequests, "queue-full", "Queue full",
                "The queue\(bot) holds its limit of \(limit) tasks.")
            self.retryAfter = max(1, retryAfter.secondsRoundedUp)
        case .totalQueueFull(let limit, let retryAfter):
            self.init(
                .tooManyRequests, "queue-full", "Queue full",
                "All queues together hold their limit of \(limit) tasks.")
            self.retryAfter = max(1, retryAfter.secondsRoundedUp)
        case .keyUsedOtherwise(let task):
            self = .invalid(
                IdempotencyKey.header, "The key belongs to task \(task), which came with another body.")
        case .storage(let fault, let retryAfter):
            self = retryAfter == nil ? .unreadable(fault) : .storage(fault)
            if let retryAfter { self.retryAfter = max(1, retryAfter.secondsRoundedUp) }
        case .draining:
            self.init(
                .serviceUnavailable, "draining", "Not accepting",
                "The service is starting or stopping and takes no tasks.")
        }
    }
}

import HTTPRequesting
import HTTPWire
import JSON
import MonotonicTime
import UV

/// What the service answered.
struct APIAnswer {
    let status: Int
    let body: [UInt8]
    /// The body read as JSON; null when it is none.
    let json: JSONValue

    init(_ response: HTTPResponse) {
        status = response.status.code
        body = response.body
        json = (try? JSONValue(parsing: response.body)) ?? .null
    }

    var isSuccess: Bool { (200..<300).contains(status) }

    var isRefusalByCircuit: Bool {
        status == 503 && json["type"]?.stringValue?.hasSuffix("circuit-open") == true
    }

    /// What a problem document says, for people: what is wrong, and when to come back.
    var problem: String {
        let detail = json["detail"]?.stringValue ?? json["title"]?.stringValue
        let wait = json["retry_after"]?.int64Value
        return "\(status) \(HTTPStatus(status).phrase)" + (detail.map { ": \($0)" } ?? "")
            + (wait.map { " Try again in \($0) s." } ?? "")
    }
}

/// Speaks to the service, one request at a time; the loop turns until the answer is there.
struct APIClient {
    let loop: Loop
    let server: ServerAddress

    /// What the answer to a plain request may take; a request that waits for a task adds its own.
    static let patience = Duration.seconds(10)

    /// The longest body of an answer, in bytes: more than both streams of a task at their usual limit,
    /// escaped.
    static let longestAnswer = 64 << 20

    func get(_ target: String) throws(HTTPRequestFault) -> APIAnswer {
        try send(.get, target)
    }

    func post(
        _ target: String, _ body: JSONValue, headers: [HTTPField] = [], wait: Duration = .zero
    ) throws(HTTPRequestFault) -> APIAnswer {
        try send(.post, target, headers: headers, body: body.jsonBytes, wait: wait)
    }

    private func send(
        _ method: HTTPMethod, _ target: String, headers: [HTTPField] = [], body: [UInt8] = [],
        wait: Duration = .zero
    ) throws(HTTPRequestFault) -> APIAnswer {
        let type = body.isEmpty ? [] : [HTTPField("Content-Type", "application/json")]
        let headers = type + headers
        let request = HTTPOutgoingRequest(method, target, host: server.host, headers: headers, body: body)
        var limits = HTTPLimits()
        limits.bodyBytes = Self.longestAnswer
        var result: Result<HTTPResponse, HTTPRequestFault>?
        HTTPClient.send(
            request, on: loop, to: server.socket, timeout: wait + Self.patience, limits: limits
        ) { [loop] in
            result = $0
            loop.stop()
        }
        while true {
            loop.run()
            if let result { return APIAnswer(try result.get()) }
        }
    }
}

extension HTTPRequestFault {
    var sentence: String {
        switch self {
        case .unreachable(let reason): "cannot reach the server: \(reason)"
        case .broken(let reason): "the connection to the server broke: \(reason)"
        case .timedOut: "the server did not answer in time"
        }
    }

    var ending: Ending {
        switch self {
        case .unreachable: .serverUnreachable
        case .broken, .timedOut: .failed
        }
    }
}

import HTTPWire
import Testing

/// What a parser said about a stream of bytes, in a form that can be compared.
enum ParsedEvent: Equatable {
    case request(ParsedRequest)
    case refused(HTTPRefusal)
    /// The bytes ended inside a request.
    case unfinished
}

struct ParsedRequest: Equatable {
    var method = HTTPMethod.get
    var methodText = "GET"
    var path = "/"
    var query: String?
    var host: String? = "h"
    var version = HTTPVersion.http11
    var keepsAlive = true
    var headerCount = 1
    var body = ""

    init() {}

    init(_ request: borrowing HTTPRequest) {
        method = request.method
        methodText = request.methodText
        path = text(request.path)
        query = request.query.map(text)
        host = request.host.map(text)
        version = request.version
        keepsAlive = request.keepsAlive
        headerCount = request.headerCount
        body = text(request.body)
    }

    func with(_ change: (inout ParsedRequest) -> Void) -> ParsedRequest {
        var changed = self
        change(&changed)
        return changed
    }
}

func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}

/// Parses bytes that arrive cut at the given places.
func parse(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> [ParsedEvent] {
    var parser = RequestParser(limits: limits)
    var events: [ParsedEvent] = []
    var start = 0
    for end in cuts + [bytes.count] {
        let piece = Array(bytes[start..<end])
        start = end
        var position = 0
        while position < piece.count {
            switch parser.advance(over: piece.span, from: &position) {
            case .needsMore:
                precondition(position == piece.count, "a parser that needs more has taken everything")
            case .complete:
                events.append(.request(ParsedRequest(parser.request)))
                parser.nextRequest()
            case .refused(let refusal):
                return events + [.refused(refusal)]
            }
        }
    }
    return parser.bytesTaken > 0 ? events + [.unfinished] : events
}

func parse(_ text: String, limits: HTTPLimits = HTTPLimits()) -> [ParsedEvent] {
    parse(Array(text.utf8), limits: limits)
}

/// The status of the refusal that ends the events; nil when there is none.
func refusedStatus(_ events: [ParsedEvent]) -> Int? {
    if case .refused(let refusal) = events.last { refusal.status.code } else { nil }
}

func onlyRequest(_ text: String, limits: HTTPLimits = HTTPLimits()) -> ParsedRequest? {
    let events = parse(text, limits: limits)
    guard events.count == 1, case .request(let request) = events[0] else { return nil }
    return request
}

/// Cuts after every byte.
func everyCut(of bytes: [UInt8]) -> [Int] {
    Array(1..<max(1, bytes.count))
}

/// `#expect` for values of types that cannot be copied into the macro.
func expect<Value: Equatable>(
    _ value: Value, is wanted: Value, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation
) {
    #expect(value == wanted, comment, sourceLocation: place)
}

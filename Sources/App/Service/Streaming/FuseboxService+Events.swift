import HTTPServing
import HTTPWire

extension FuseboxService {
    /// Streams events, of all or of one bot, from behind the number in `Last-Event-ID` or from now on.
    func followEvents(_ query: HTTPQuery, _ request: inout HTTPRequest, _ responder: HTTPResponder) {
        var filter: EventFilter?
        if let name = query["bot"] {
            guard let desk = desks[name] else {
                return responder.respond(Problem.notFound("There is no bot \(name).").response)
            }
            filter = EventFilter(bot: desk.bot, circuit: desk.configuration.sharedCircuit)
        }
        var lastID: UInt64?
        if let value = request.value(of: .lastEventID) {
            guard let number = Self.number(value), request.count(of: .lastEventID) == 1 else {
                return responder.respond(
                    Problem.invalid(
                        "Last-Event-ID",
                        "Last-Event-ID must be the id of one event: a whole number from 0 on."
                    ).response)
            }
            lastID = number
        }
        feed.follow(after: lastID, filter, responder)
    }

    /// Digits alone, below what the store can count to.
    private static func number(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard (1...19).contains(text.count), text.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
            return nil
        }
        let number = text.reduce(UInt64(0)) { $0 * 10 + UInt64($1 &- UInt8(ascii: "0")) }
        return number < UInt64(Int64.max) ? number : nil
    }
}

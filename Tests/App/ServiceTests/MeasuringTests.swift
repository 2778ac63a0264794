import CircuitBreaking
import Metrics
import Tasks
import Testing

@testable import Service

@Suite("What the service counts")
struct MeasuringTests {
    private func bot(_ text: String) throws -> BotID { try #require(BotID(text)) }

    @Test("the address of every kind of request leads to a route of that kind", arguments: RouteKind.allCases)
    func templates(kind: RouteKind) throws {
        guard kind != .other else { return }
        let path = kind.template.replacing("{verb}", with: "open")
        let routes = try #require(Route.routes(for: Array(path.utf8)[...]), "\(path)")
        #expect([routes.get, routes.post].compactMap(\.self).allSatisfy { $0.kind == kind })
        #expect(routes.kind == kind)
    }

    @Test("no two kinds have one name, and no two reasons")
    func names() {
        #expect(Set(RouteKind.allCases.map(\.template)).count == RouteKind.allCases.count)
        #expect(Set(RefusalReason.allCases.map(\.label)).count == RefusalReason.allCases.count)
        #expect(Set(CircuitState.allCases.map(\.label)).count == CircuitState.allCases.count)
    }

    @Test("every class and every state has a column of its own")
    func columns() {
        #expect(OutcomeClass.allCases.map(\.column).sorted() == Array(OutcomeClass.allCases.indices))
        #expect(CircuitState.allCases.map(\.column).sorted() == Array(CircuitState.allCases.indices))
    }

    @Test("each refusal is counted for its reason and its bot")
    func refusals() throws {
        var counts = ServiceCounts(bots: [try bot("a"), try bot("b")])
        let fault = StoreFault(.full, "no space left")
        let refusals: [(Refusal, RefusalReason)] = [
            (.circuit(.open, retryAfter: nil), .circuitOpen),
            (.circuit(.halfOpen, retryAfter: nil), .circuitHalfOpen),
            (.queueFull(limit: 1, retryAfter: .seconds(1)), .queueFull),
            (.storage(fault, retryAfter: .seconds(1)), .storage), (.draining, .draining),
        ]
        for (refusal, _) in refusals { counts.count(refusal, of: try bot("b")) }
        for (_, reason) in refusals {
            #expect(
                counts.rejected[1, Int(reason.rawValue)] == 1 && counts.rejected[0, Int(reason.rawValue)] == 0
            )
        }
    }

    @Test("only transitions are counted of what is published, and only of bots that are configured")
    func events() throws {
        var counts = ServiceCounts(bots: [try bot("a")])
        let before = counts
        let transition = ServiceEvent.Kind.stateTransition(
            from: .halfOpen, to: .open, reason: .probeFailed, note: nil)
        func event(_ name: String?, _ kind: ServiceEvent.Kind) -> ServiceEvent {
            ServiceEvent(
                sequence: 1, time: WallTime(milliseconds: 0), bot: name.flatMap { BotID($0) }, kind: kind)
        }
        counts.count(event("a", .taskBlocked(state: .open, count: 3)))
        counts.count(event("stranger", transition))
        counts.count(event(nil, .serviceStarted))
        #expect(counts.transitions == before.transitions)
        counts.count(event("a", transition))
        #expect(counts.transitions(ofRow: 0, from: .halfOpen, to: .open) == 1)
        #expect(counts.transitions(ofRow: 0, from: .open, to: .halfOpen) == 0)
    }

    @Test("a task of a bot that is no longer configured is counted nowhere")
    func stranger() throws {
        var counts = ServiceCounts(bots: [try bot("a")])
        counts.count(.lost, of: try bot("b"))
        counts.count(.lost, of: try bot("a"))
        #expect(counts.ended[0, OutcomeClass.lost.column] == 1)
    }
}

import CircuitBreaking
import StoreFixtures
import TaskStores
import Tasks
import Testing

@Suite("Circuits, after a restart") struct CircuitTests {
    @Test(arguments: stores, CircuitState.allCases) func `every field of a circuit survives`(
        kind: StoreUnderTest, state: CircuitState
    ) throws {
        let rig = try Rig(kind)
        let rows = TransitionReason.allCases.enumerated().map { number, reason in
            CircuitRow.sample(
                "circuit-\(number)", state: state, lastReason: reason, offset: UInt64(number) * 7)
        }
        let fresh = CircuitRow.sample("fresh", state: state, lastReason: nil)
        try rig.commit(.circuit(fresh))
        rig.commit(turns: rows.map { [.circuit($0)] })
        #expect(try rig.afterKill().state.circuits == (rows + [fresh]).sorted { $0.name < $1.name })
    }

    @Test(arguments: stores) func `the widest numbers survive`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        var snapshot = CircuitRow.sample().snapshot
        snapshot.generation = .max
        snapshot.recentNewest = 1 << 63
        snapshot.openTimeNanoseconds = .max
        snapshot.remainingOpenNanoseconds = .min
        snapshot.failureCount = .max
        snapshot.totals.late = .max
        let row = CircuitRow(name: "wide", snapshot: snapshot, takenAt: WallTime(milliseconds: .min))
        try rig.commit(.circuit(row))
        #expect(try rig.afterKill().state.circuits == [row])
    }

    @Test(arguments: stores) func `of several rows of one circuit the last is kept`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        rig.commit(turns: [
            [.circuit(.sample("a", offset: 1)), .circuit(.sample("b", offset: 2))],
            [.circuit(.sample("a", offset: 3)), .circuit(.sample("a", offset: 4))],
        ])
        #expect(
            try rig.afterKill().state.circuits == [.sample("a", offset: 4), .sample("b", offset: 2)])
        try rig.commit(.circuit(.sample("a", state: .closed, lastReason: nil)))
        #expect(
            try rig.afterKill().state.circuits.first == .sample("a", state: .closed, lastReason: nil))
    }
}

@Suite("Transitions") struct TransitionTests {
    @Test(arguments: stores) func `transitions are read back as they were`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let events = [
            ServiceEvent.transition(3, note: "because"), .transition(4, bot: nil), .transition(9),
            ServiceEvent(
                sequence: 11, time: .sample, bot: .sample("other"),
                kind: .stateTransition(
                    from: .halfOpen, to: .closed, reason: .successThresholdReached, note: "")),
            ServiceEvent(
                sequence: 12, time: .sample, bot: .sample("other"), circuit: .sample("account"),
                kind: .stateTransition(
                    from: .closed, to: .forcedOpen, reason: .manual, note: "the account is locked",
                    actor: "ops@host")),
        ]
        try rig.commit(.transition(events[0]), .transition(events[1]))
        rig.commit(turns: events[2...].map { [.transition($0)] })
        #expect(try rig.transitions(after: 0) == events)
        #expect(try rig.transitions(after: 4) == Array(events[2...]))
        #expect(try rig.transitions(after: 11) == Array(events[4...]))
        #expect(try rig.transitions(after: 12) == [])
        #expect(try rig.afterKill().state.transitions == events.filter { $0.bot != nil })
        #expect(try rig.transitions(after: .max) == [])
    }

    @Test(arguments: stores) func `at start the last fifty of each bot are read oldest first`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let (loud, quiet) = (BotID.sample("loud"), BotID.sample("quiet"))
        var events = [ServiceEvent.transition(1, bot: quiet)]
        events += (2...70).map { .transition($0, bot: loud) }
        events.append(.transition(71, bot: quiet))
        rig.commit(turns: events.map { [.transition($0)] })
        let expected = [events[0]] + events[20...]
        #expect(try rig.afterKill().state.transitions == expected)
    }
}

import CircuitBreaking
import SeededRandom
import Tasks
import Testing

@testable import TaskStores

@Suite struct RestartTests {
    private static let ended = Outcome(.ok, exitCode: 0)

    @Test func anEmptyStoreHasNothingToGoOnWith() throws {
        let state = try WriterRig().state
        #expect(state.queued.isEmpty && state.interrupted.isEmpty && state.circuits.isEmpty)
        #expect(state.transitions.isEmpty && state.endedTasks.isEmpty)
        #expect(state.reservedSequence == 0 && state.lastTaskID == nil)
    }

    @Test func eachTaskIsFoundInTheStateThatItWasLeftIn() throws {
        let rig = try WriterRig()
        let (one, two) = (BotID.sample("a"), BotID.sample("b"))
        try rig.commit(
            .accept(.sample(1, bot: two)), .accept(.sample(2, bot: one)), .accept(.sample(3, bot: two)),
            .accept(.sample(4, bot: one)), .accept(.sample(5, bot: two)), .accept(.sample(6, bot: one)),
            .accept(.sample(7, bot: one)), .accept(.sample(8, bot: one)), .accept(.sample(9, bot: two)))
        try rig.commit(
            .beginAttempt(.sample(4), at: .sample), .beginAttempt(.sample(3), at: .sample),
            .markCancelling(.sample(3)), .finish(.sample(5), .succeeded, Self.ended, at: .sample),
            .finish(.sample(6), .failed, Outcome(.failed), at: .sample),
            .finish(.sample(7), .cancelled, Outcome(.cancelled), at: .sample),
            .finish(.sample(8), .succeeded, Self.ended, at: .sample))
        for state in [try rig.afterKill().state, try rig.reopened().state] {
            #expect(state.queued.map(\.task) == [.sample(1), .sample(2), .sample(9)], "oldest first")
            #expect(state.queued.map(\.bot) == [two, one, two])
            #expect(
                state.interrupted == [
                    InterruptedTask(task: .sample(3), bot: two, status: .cancelling),
                    InterruptedTask(task: .sample(4), bot: one, status: .running),
                ])
            #expect(state.endedTasks == [one: 3, two: 1])
            #expect(state.lastTaskID == .sample(9))
        }
    }

    @Test func theLastTaskIsTheHighestWhateverBecameOfIt() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(9)), .accept(.sample(3)))
        try rig.commit(.finish(.sample(9), .succeeded, Self.ended, at: .sample))
        #expect(try rig.reopened().state.lastTaskID == .sample(9))
    }

    @Test func everythingAnsweredAsCommittedIsThereAfterAKill() throws {
        var generator = SplitMix64(seed: .random(in: 0 ... .max))
        let seed = generator.seed
        let rig = try WriterRig()
        var expected: [TaskID: TaskStatus] = [:]
        for round in 0..<40 {
            let id = TaskID.sample(round)
            #expect(try rig.commit(.accept(.sample(round))).isCommitted, "seed \(seed)")
            expected[id] = .queued
            let running = expected.filter { $0.value != .succeeded }.keys.sorted()
            guard let some = running.randomElement(using: &generator) else { continue }
            if expected[some] == .queued {
                #expect(try rig.commit(.beginAttempt(some, at: .sample)).isCommitted, "seed \(seed)")
                expected[some] = .running
            } else {
                #expect(
                    try rig.commit(.finish(some, .succeeded, richOutcome, at: .sample)).isCommitted,
                    "seed \(seed)")
                expected[some] = .succeeded
            }
            guard round % 8 == 7 else { continue }
            let next = try rig.afterKill()
            for (id, status) in expected {
                #expect(try next.task(id)?.status == status, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func reservedNumbersOnlyRise() throws {
        let rig = try WriterRig()
        try rig.commit(.reserveSequence(through: 128), .reserveSequence(through: 64))
        #expect(try rig.afterKill().state.reservedSequence == 128)
        try rig.commit(.reserveSequence(through: 64))
        #expect(try rig.afterKill().state.reservedSequence == 128)
        try rig.commit(.reserveSequence(through: UInt64(Int64.max)))
        #expect(try rig.reopened().state.reservedSequence == UInt64(Int64.max))
    }

    @Test func aTransitionAboveTheReservedNumbersCountsAsReserved() throws {
        let rig = try WriterRig()
        try rig.commit(.reserveSequence(through: 10), .transition(.transition(12)))
        #expect(try rig.reopened().state.reservedSequence == 12)
    }
}

@Suite struct CircuitTests {
    @Test(arguments: CircuitState.allCases) func everyFieldOfACircuitSurvives(_ state: CircuitState) throws {
        let rig = try WriterRig()
        let rows = TransitionReason.allCases.enumerated().map { number, reason in
            CircuitRow.sample(
                "circuit-\(number)", state: state, lastReason: reason, offset: UInt64(number) * 7)
        }
        let fresh = CircuitRow.sample("fresh", state: state, lastReason: nil)
        try rig.commit(.circuit(fresh))
        rig.commit(turns: rows.map { [.circuit($0)] })
        #expect(try rig.afterKill().state.circuits == rows + [fresh])
    }

    @Test func theWidestNumbersSurvive() throws {
        let rig = try WriterRig()
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

    @Test func ofSeveralRowsOfOneCircuitTheLastIsKept() throws {
        let rig = try WriterRig()
        rig.commit(turns: [
            [.circuit(.sample("a", offset: 1)), .circuit(.sample("b", offset: 2))],
            [.circuit(.sample("a", offset: 3)), .circuit(.sample("a", offset: 4))],
        ])
        #expect(
            try rig.afterKill().state.circuits == [.sample("a", offset: 4), .sample("b", offset: 2)])
        try rig.commit(.circuit(.sample("a", state: .closed, lastReason: nil)))
        #expect(try rig.afterKill().state.circuits.first == .sample("a", state: .closed, lastReason: nil))
    }

    @Test func aCircuitThatMakesNoSenseIsAFault() throws {
        let rig = try WriterRig()
        try rig.commit(.circuit(.sample()))
        for (column, value) in [("state", "Ajar"), ("last_reason", "boredom")] {
            let copy = try rig.folder.copyAfterKill()
            try change(copy, "UPDATE circuits SET \(column) = '\(value)'")
            let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: copy) }
            #expect(fault?.kind == .unusable)
            #expect(fault?.message.contains(value) == true)
        }
    }
}

@Suite struct TransitionTests {
    @Test func transitionsAreReadBackAsTheyWere() throws {
        let rig = try WriterRig()
        let events = [
            ServiceEvent.transition(3, note: "because"), .transition(4, bot: nil), .transition(9),
            ServiceEvent(
                sequence: 11, time: .sample, bot: .sample("other"),
                kind: .stateTransition(
                    from: .halfOpen, to: .closed, reason: .successThresholdReached, note: "")),
        ]
        try rig.commit(.transition(events[0]), .transition(events[1]))
        rig.commit(turns: events[2...].map { [.transition($0)] })
        #expect(try rig.transitions(after: 0) == events)
        #expect(try rig.transitions(after: 4) == Array(events[2...]))
        #expect(try rig.transitions(after: 11) == [])
        #expect(try rig.transitions(after: .max) == [])
    }

    @Test func atStartTheLastFiftyOfEachBotAreReadOldestFirst() throws {
        let rig = try WriterRig()
        let (loud, quiet) = (BotID.sample("loud"), BotID.sample("quiet"))
        var events = [ServiceEvent.transition(1, bot: quiet)]
        events += (2...70).map { .transition($0, bot: loud) }
        events.append(.transition(71, bot: quiet))
        rig.commit(turns: events.map { [.transition($0)] })
        let expected = [events[0]] + events[20...]
        #expect(try rig.afterKill().state.transitions == expected)
    }

    @Test func twoEventsCannotHaveTheSameNumber() throws {
        let rig = try WriterRig()
        try rig.commit(.transition(.transition(5)))
        #expect(try rig.commit(.transition(.transition(5, note: "again"))).fault?.kind == .unusable)
    }
}

/// Changes a store's file behind its back.
func change(_ folder: TemporaryFolder, _ sql: String) throws {
    let connection = try SQLiteConnection(path: folder.database, access: .readWrite)
    defer { connection.close() }
    try connection.execute(sql)
}

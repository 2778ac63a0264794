package import CircuitBreaking
package import Tasks

extension BotID {
    /// A bot for tests; a name that is none stops the test.
    package static func sample(_ name: String = "BOT-001") -> BotID {
        guard let bot = BotID(name) else { preconditionFailure("\(name) is no bot") }
        return bot
    }
}

extension CircuitName {
    /// A circuit that bots share, for tests; a name that is none stops the test.
    package static func sample(_ name: String) -> CircuitName {
        guard let circuit = CircuitName(name) else { preconditionFailure("\(name) is no circuit") }
        return circuit
    }
}

extension TaskID {
    /// The n-th of ids that rise.
    package static func sample(_ number: Int) -> TaskID {
        TaskID(
            high: 0x0192_0000_0000_7000 + UInt64(number) << 16,
            low: 0x8000_0000_0000_0000 + UInt64(number))
    }
}

extension WallTime {
    package static let sample = WallTime(milliseconds: 1_761_425_760_123)
}

extension TaskRecord {
    /// The n-th task, as it is accepted.
    package static func sample(
        _ number: Int, bot: BotID = .sample(), command: String? = "echo hello", input: String? = nil,
        terms: TaskTerms = .standard, metadata: String? = nil, notBefore: WallTime? = nil
    ) -> TaskRecord {
        TaskRecord(
            id: .sample(number), bot: bot,
            payload: TaskPayload(command: command, input: input, timeout: .seconds(600)), terms: terms,
            metadata: metadata, notBefore: notBefore,
            createdAt: WallTime.sample.advanced(by: .milliseconds(number)))
    }
}

extension ServiceEvent {
    package static func transition(
        _ sequence: UInt64, bot: BotID? = .sample(), note: String? = nil, actor: String? = nil
    ) -> ServiceEvent {
        ServiceEvent(
            sequence: sequence, time: WallTime(milliseconds: Int64(sequence) * 1000), bot: bot,
            kind: .stateTransition(
                from: .closed, to: .open, reason: .failureThresholdExceeded, note: note, actor: actor))
    }
}

extension CircuitRow {
    /// A circuit in whose snapshot no two values are the same, so that no two can be mixed up.
    package static func sample(
        _ name: String = "BOT-001", state: CircuitState = .open,
        lastReason: TransitionReason? = .probeFailed,
        offset: UInt64 = 0
    ) -> CircuitRow {
        let totals = CircuitTotals(
            admitted: 101 + offset, rejected: 102 + offset, succeeded: 103 + offset, failed: 104 + offset,
            ignored: 105 + offset, late: 106 + offset)
        let snapshot = CircuitSnapshot(
            state: state, generation: 1 + offset, transitionSequence: 2 + offset,
            failureCount: Int(3 + offset), openTimeNanoseconds: Int64(4 + offset),
            remainingOpenNanoseconds: Int64(5 + offset),
            remainingManualNanoseconds: offset % 2 == 0 ? nil : Int64(7 + offset),
            backoffLevel: Int(8 + offset), healthyNanoseconds: Int64(9 + offset), totals: totals,
            recentNewest: UInt64.max - offset, recentOlder: 0xF_FFFF_FFFF - offset,
            recentCount: Int(97 - offset), lastReason: lastReason)
        return CircuitRow(
            name: name, snapshot: snapshot, takenAt: WallTime(milliseconds: Int64(6 + offset)))
    }
}

/// Everything there is to say about an end.
package let richOutcome = Outcome(
    .crashed, exitCode: -7, signal: "SIGSEGV", message: "ended by SIGSEGV",
    retryAt: WallTime(milliseconds: 1_761_425_760_123),
    output: CapturedOutput(head: [1, 2, 3], tail: [4, 5], byteCount: 1_000_000_000_000),
    errorOutput: CapturedOutput(head: [6], tail: [7, 8, 9, 10], byteCount: 77))

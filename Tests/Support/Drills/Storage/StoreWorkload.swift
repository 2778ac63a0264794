import SeededRandom
import StoreFixtures
import Tasks

/// Turns of writes such as an engine hands over: tasks go through all their states, circuits move, numbers
/// are reserved. The same seed and the same answers make the same turns.
struct StoreWorkload {
    static let bots: [BotID] = [.sample("BOT-001"), .sample("BOT-002")]

    /// Every task that was ever handed over.
    private(set) var ids: [TaskID] = []
    private var dice: SplitMix64
    private var turn = 0
    /// No run is to be without a long output.
    private var hasLongOutput = false
    private var lastSequence: UInt64 = 0

    init(seed: UInt64) {
        dice = SplitMix64(seed: seed)
    }

    /// What was told since the turn before.
    mutating func nextEvents() -> [ServiceEvent] {
        (0..<Int.random(in: 0...2, using: &dice)).map { _ in
            lastSequence += 1
            let task = TaskID.sample(1 + Int(lastSequence % 50))
            return ServiceEvent(
                sequence: lastSequence, time: now, bot: Self.bots[turn % 2],
                kind: .taskFinished(task, status: .failed, .crashed))
        }
    }

    /// What to hand over next to a store that holds this.
    mutating func nextTurn(after model: StoreModel) -> [StoreWrite] {
        turn += 1
        var writes: [StoreWrite] = []
        for _ in 0..<Int.random(in: 1...3, using: &dice) {
            let task = newTask()
            writes.append(.accept(task))
            // Some begin in the commit that takes them in.
            if Int.random(in: 0..<4, using: &dice) == 0 { writes.append(.beginAttempt(task.id, at: now)) }
        }
        var touched: Set<TaskID> = []
        for status in TaskStatus.allCases where !status.isEnd {
            for id in model.ids(status).prefix(2) where Bool.random(using: &dice) {
                guard touched.insert(id).inserted else { continue }
                writes.append(move(id, status))
            }
        }
        for id in model.ids(.failed).prefix(1) where Int.random(in: 0..<4, using: &dice) == 0 {
            writes.append(.replay(ReplayOrder(.task(id), of: Self.bot(of: id), mostAttempts: 3, at: now)))
        }
        if turn.isMultiple(of: 3) { writes += circuitWrites() }
        return writes
    }

    private mutating func newTask() -> TaskRecord {
        let number = ids.count + 1
        let isLong = Int.random(in: 0..<12, using: &dice) == 0
        let task = TaskRecord.sample(
            number, bot: Self.bot(of: .sample(number)),
            command: String(repeating: "work \(number) ", count: isLong ? 900 : 3),
            input: number.isMultiple(of: 3) ? "{\"n\":\(number)}" : nil,
            terms: TaskTerms(
                priority: TaskPriority(level: number % 10) ?? .standard, maximumAttempts: 1 + number % 4,
                runAt: number.isMultiple(of: 5) ? now : nil,
                expiresAt: number.isMultiple(of: 7) ? now.advanced(by: .seconds(60)) : nil),
            metadata: number.isMultiple(of: 4) ? "{\"m\":\(number)}" : nil)
        ids.append(task.id)
        return task
    }

    private static func bot(of id: TaskID) -> BotID { bots[Int(id.low % 2)] }

    private var now: WallTime { .sample.advanced(by: .seconds(turn)) }

    private mutating func move(_ id: TaskID, _ status: TaskStatus) -> StoreWrite {
        switch (status, Int.random(in: 0..<6, using: &dice)) {
        case (.queued, 0): .finish(id, .cancelled, Outcome(.cancelled), at: now)
        case (.queued, _): .beginAttempt(id, at: now)
        case (.running, 0): .undoAttempt(id)
        case (.running, 1): .markCancelling(id)
        case (.running, 2):
            .finish(id, .failed, Bool.random(using: &dice) ? richOutcome : longOutcome(), at: now)
        case (.running, 3): .retry(id, richOutcome, crashes: turn, at: now, notBefore: now)
        case (.running, _): .finish(id, .succeeded, plainOutcome(), at: now)
        default: .finish(id, .cancelled, Outcome(.cancelled, signal: "SIGTERM"), at: now)
        }
    }

    private mutating func plainOutcome() -> Outcome {
        if !hasLongOutput || Int.random(in: 0..<5, using: &dice) == 0 { return longOutcome() }
        let count = Int.random(in: 0...600, using: &dice)
        let bytes = (0..<count).map { _ in UInt8.random(in: 32...126, using: &dice) }
        return Outcome(.ok, exitCode: 0, output: CapturedOutput(head: bytes))
    }

    /// Output that does not fit into a row, of one stream or both.
    private mutating func longOutcome() -> Outcome {
        hasLongOutput = true
        let error = Bool.random(using: &dice) ? longOutput() : CapturedOutput(head: [7])
        return Outcome(.ok, exitCode: 0, output: longOutput(), errorOutput: error)
    }

    /// No two places of it look the same.
    private mutating func longOutput() -> CapturedOutput {
        let factor = dice.next() | 1
        let count = 65_537 + Int.random(in: 0...9000, using: &dice)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: (UInt64($0) &* factor) >> 40) }
        let border = Int.random(in: 0...count, using: &dice)
        return CapturedOutput(head: Array(bytes[..<border]), tail: Array(bytes[border...]))
    }

    private mutating func circuitWrites() -> [StoreWrite] {
        lastSequence += UInt64.random(in: 1...5, using: &dice)
        let bot = Self.bots[turn % 2]
        return [
            .circuit(.sample(bot.text, offset: UInt64(turn % 90))),
            .transition(.transition(lastSequence, bot: bot, note: "turn \(turn)")),
            .reserveSequence(through: lastSequence + 64),
        ]
    }
}

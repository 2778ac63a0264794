import StoreFixtures
import Tasks

/// A store with two layers: what is durable, and what is on its way there. It promises what the real one
/// does: all that waits becomes one transaction, answers come in order, a failure refuses everything until
/// the recovery, and what failed is on disk only if it was uncertain and the service died before the
/// recovery.
struct SimulatedStore: Sendable {
    private(set) var disk = SimulatedDisk()
    var mood = StoreMood.quick
    let seed: UInt64

    private var jobs: [Job] = []
    private var underWay: UnderWay?
    private var answers: [(at: Ticks, answer: StoreAnswer)] = []
    private var refusal: StoreFault?
    /// Writes of a commit that failed, and may yet turn up.
    private var remains: [[StoreWrite]] = []
    private(set) var counts = Counts()

    enum Job: Sendable {
        case batch([StoreWrite], ticket: UInt64)
        case recover
    }

    struct UnderWay: Sendable {
        let jobs: [Job]
        let doneAt: Ticks
        let fails: Bool
    }

    init(seed: UInt64) {
        self.seed = seed
    }

    mutating func commit(_ writes: [StoreWrite], ticket: UInt64, at now: Ticks) {
        jobs.append(.batch(writes, ticket: ticket))
        begin(at: now)
    }

    mutating func recover(at now: Ticks) {
        jobs.append(.recover)
        begin(at: now)
    }

    /// When something happens here by itself.
    var nextDue: Ticks? {
        switch (underWay?.doneAt, answers.first?.at) {
        case (let done?, let answer?): min(done, answer)
        case (let done, let answer): done ?? answer
        }
    }

    /// Brings everything up to now; the answers that have arrived at the service by then, in order.
    mutating func advance(to now: Ticks) -> [StoreAnswer] {
        while let done = underWay, done.doneAt <= now {
            underWay = nil
            finish(done)
            begin(at: done.doneAt)
        }
        let arrived = answers.prefix { $0.at <= now }.map(\.answer)
        answers.removeFirst(arrived.count)
        return arrived
    }
}

// MARK: - The writer's side

extension SimulatedStore {
    /// Takes everything that waits into one transaction.
    private mutating func begin(at now: Ticks) {
        guard underWay == nil, let first = jobs.first else { return }
        var dice = Dice(seed, .commit, UInt64(now))
        let taken: [Job]
        if case .recover = first { taken = [first] } else { taken = jobs.prefix { $0.ticket != nil } + [] }
        jobs.removeFirst(taken.count)
        let time: Ticks
        switch mood {
        case .slow: time = .milliseconds(dice.roll(20...3000))
        case .quick, .flaky, .failing, .failingUncertainly: time = .microseconds(dice.roll(100...3000))
        }
        let fails: Bool
        switch mood {
        case .quick, .slow: fails = false
        case .flaky: fails = dice.chance(25)
        case .failing, .failingUncertainly: fails = true
        }
        underWay = UnderWay(jobs: taken, doneAt: now + (refusal == nil ? time : 1000), fails: fails)
    }

    private mutating func finish(_ work: UnderWay) {
        var dice = Dice(seed, .commit, UInt64(work.doneAt), 1)
        let answer = work.tickets.last.map { commit(work, through: $0, &dice) } ?? recover(work)
        let way = Ticks.microseconds(dice.chance(80) ? dice.roll(1...200) : dice.roll(200...20_000))
        answers.append((max(answers.last?.at ?? 0, work.doneAt + way), answer))
    }

    private mutating func commit(_ work: UnderWay, through ticket: UInt64, _ dice: inout Dice) -> StoreAnswer
    {
        if let refusal { return .failed(through: ticket, refusal) }
        guard !work.fails else {
            let fault = StoreFault(.inputOutput, "the disk failed")
            refusal = fault
            if mood == .failingUncertainly { remains = work.batches }
            counts[.failedCommits] += 1
            return .failed(through: ticket, fault)
        }
        var answers = SimulatedDisk.Answers()
        for writes in work.batches { disk.apply(writes, &answers) }
        counts[.commits] += 1
        if work.jobs.count > 1 { counts[.groupedCommits] += 1 }
        // As when the log cannot be copied after a good commit: the next one is told.
        if mood == .flaky, dice.chance(15) { refusal = StoreFault(.full, "no space left") }
        return .committed(through: ticket, begun: answers.begun, keys: answers.keys, replays: answers.replays)
    }

    private mutating func recover(_ work: UnderWay) -> StoreAnswer {
        guard !work.fails else {
            counts[.failedRecoveries] += 1
            return .stillFailing(refusal ?? StoreFault(.inputOutput, "the disk failed"))
        }
        counts[.recoveries] += 1
        refusal = nil
        remains = []
        return .recovered
    }
}

// MARK: - The end of the service

extension SimulatedStore {
    /// Kill -9: what is under way is lost, or found on disk although nobody was told.
    mutating func die(commitSurvives: Bool) {
        var answers = SimulatedDisk.Answers()
        if let underWay, refusal == nil, !underWay.tickets.isEmpty {
            counts[.killsInCommit] += 1
            if !underWay.fails { remains = underWay.batches }
        }
        if commitSurvives, !remains.isEmpty {
            counts[.commitsFoundAfterKill] += 1
            for writes in remains { disk.apply(writes, &answers) }
        }
        forget()
    }

    /// A clean end: what waits is written first.
    mutating func close() {
        while let work = underWay {
            underWay = nil
            finish(work)
            begin(at: work.doneAt)
        }
        forget()
    }

    private mutating func forget() {
        (jobs, underWay, answers, refusal, remains) = ([], nil, [], nil, [])
    }
}

extension SimulatedStore.Job {
    fileprivate var ticket: UInt64? {
        guard case .batch(_, let ticket) = self else { return nil }
        return ticket
    }
}

extension SimulatedStore.UnderWay {
    fileprivate var tickets: [UInt64] { jobs.compactMap(\.ticket) }

    fileprivate var batches: [[StoreWrite]] {
        jobs.compactMap { job in
            guard case .batch(let writes, _) = job else { return nil }
            return writes
        }
    }
}

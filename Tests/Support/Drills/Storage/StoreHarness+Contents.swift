import TaskStores
import Tasks

extension StoreHarness {
    /// Reads all that the store says, through every one of its doors.
    ///
    /// - Parameters:
    ///   - ids: every task that was ever handed over, also those that must not be there.
    ///   - isFresh: whether nothing was written since it was opened.
    /// - Returns: what there is, and where the store contradicts itself.
    func contents(
        ids: [TaskID], bots: [BotID], isFresh: Bool = true
    ) throws(StoreFault) -> (StoreModel, contradictions: [String]) {
        var model = StoreModel()
        for id in ids { model.tasks[id] = try task(id) }
        for event in try store.transitions(after: 0) { model.transitions[event.sequence] = event }
        var contradictions = try pageContradictions(model, bots)
        let told = try events()
        for event in told where model.transitions[event.sequence] == nil {
            model.events[event.sequence] = event
        }
        if told != model.told { contradictions.append("events are out of order, or transitions are missing") }
        if isFresh {
            model.reserved = state.reservedSequence
            for row in state.circuits { model.circuits[row.name] = row }
            contradictions += stateContradictions(model, bots)
        }
        return (model, contradictions)
    }

    /// Each task is on the page of its own status and on no other, and says there what it says by itself.
    private func pageContradictions(
        _ model: StoreModel, _ bots: [BotID]
    ) throws(StoreFault) -> [String] {
        var contradictions: [String] = []
        for bot in bots {
            for status in [nil] + TaskStatus.allCases {
                if let contradiction = try pageContradiction(model, bot, status) {
                    contradictions.append(contradiction)
                }
            }
        }
        return contradictions
    }

    private func pageContradiction(
        _ model: StoreModel, _ bot: BotID, _ status: TaskStatus?
    ) throws(StoreFault) -> String? {
        let expected = model.tasks.values.filter { $0.bot == bot && status ?? $0.status == $0.status }
        let page = expected.map(\.onPage).sorted { $0.id > $1.id }
        return try tasks(of: bot, status) == page
            ? nil : "the page of \(bot), \(status?.rawValue ?? "any status"), is not of its tasks"
    }

    /// Asks for everything that there should be. Each answer has to be the truth or a fault.
    func audit(_ truth: StoreModel, bots: [BotID]) -> (faults: Int, lies: [String]) {
        var (faults, lies) = (0, [String]())
        func ask(_ question: () throws(StoreFault) -> String?) {
            do throws(StoreFault) {
                if let lie = try question() { lies.append(lie) }
            } catch {
                faults += 1
            }
        }
        for (id, record) in truth.tasks {
            ask { () throws(StoreFault) in try task(id) == record ? nil : "task \(id) is another one" }
        }
        for bot in bots {
            for status in [nil] + TaskStatus.allCases {
                ask { () throws(StoreFault) in try pageContradiction(truth, bot, status) }
            }
        }
        let transitions = truth.transitions.values.sorted { $0.sequence < $1.sequence }
        ask { () throws(StoreFault) in
            try store.transitions(after: 0) == transitions ? nil : "there are other transitions"
        }
        ask { () throws(StoreFault) in try events() == truth.told ? nil : "there are other events" }
        lies += stateContradictions(truth, bots)
        if state.transitions != transitions { lies.append("at start there are other transitions") }
        if state.reservedSequence != truth.reserved { lies.append("the sequence is another") }
        if Dictionary(uniqueKeysWithValues: state.circuits.map { ($0.name, $0) }) != truth.circuits {
            lies.append("there are other circuits")
        }
        return (faults, lies)
    }

    private func stateContradictions(_ model: StoreModel, _ bots: [BotID]) -> [String] {
        var contradictions: [String] = []
        func expect(_ condition: Bool, _ words: String) {
            if !condition { contradictions.append("at start \(words)") }
        }
        expect(state.queued == model.queued, "other tasks wait, or otherwise")
        expect(state.interrupted == model.interrupted, "other tasks were interrupted, or otherwise")
        for bot in bots {
            let ended = model.tasks.values.count { $0.bot == bot && $0.status.isEnd }
            expect(state.endedTasks[bot, default: 0] == ended, "another number of \(bot)'s tasks has ended")
        }
        expect(state.lastTaskID == model.tasks.keys.max(), "the last id is another")
        expect(
            state.transitions.allSatisfy { model.transitions[$0.sequence] == $0 },
            "there are other transitions")
        return contradictions
    }
}

extension TaskRecord {
    /// As a page shows it: without the bytes of its output, and without what it is to do.
    fileprivate var onPage: TaskRecord {
        var short = outcome
        short?.output = CapturedOutput(byteCount: outcome?.output.byteCount)
        short?.errorOutput = CapturedOutput(byteCount: outcome?.errorOutput.byteCount)
        return TaskRecord(
            id: id, bot: bot, status: status, payload: TaskPayload(timeout: payload.timeout),
            terms: terms, attempts: attempts, crashes: crashes, notBefore: notBefore, createdAt: createdAt,
            startedAt: startedAt, finishedAt: finishedAt,
            outcome: short)
    }
}

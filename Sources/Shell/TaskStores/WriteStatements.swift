import Tasks

/// The statements that make each kind of write, prepared once.
struct WriteStatements {
    private let arrivals: ArrivalStatements
    private let attempts: AttemptStatements
    private let ends: EndStatements
    private let replays: ReplayStatements
    private let circuits: CircuitStatements
    private let outputs: OutputNames
    private let files: OutputFiles

    init(_ connection: SQLiteConnection, _ files: OutputFiles) throws(StoreFault) {
        arrivals = try ArrivalStatements(connection)
        attempts = try AttemptStatements(connection)
        ends = try EndStatements(connection, files)
        replays = try ReplayStatements(connection)
        circuits = try CircuitStatements(connection)
        outputs = try OutputNames(connection)
        self.files = files
    }

    /// What the writes of a transaction have to say.
    struct Answers {
        var begun: [BegunAttempt] = []
        var keys: [KeyUse] = []
        var replays: [ReplayAnswer] = []
        /// How many tasks ended, less those that wait again.
        var ended = 0
        /// Whether output files were written.
        var hasFiles = false
        /// Output files that nobody will ask for when the transaction is committed.
        var droppedFiles: [String] = []
        /// The lowest number of the events that are left, when some were removed.
        var oldestEvent: UInt64?
    }

    /// Makes all the writes of these jobs, inside a transaction that the caller has begun.
    func write(_ jobs: ArraySlice<WriterJob>) throws(StoreFault) -> Answers {
        var answers = Answers()
        // Of these only the last of each name, and the highest number, are of interest to a reader.
        var rows: [String: CircuitRow] = [:]
        var reserved: UInt64?
        var returned: UInt64?
        for job in jobs {
            guard case .batch(let writes, _) = job else { continue }
            for write in writes {
                switch write {
                case .circuit(let row): rows[row.name] = row
                case .transition(let event): try circuits.insert(event)
                case .reserveSequence(let sequence): reserved = max(reserved ?? 0, sequence)
                case .returnSequence(let sequence): returned = sequence
                case .accept, .findKey, .beginAttempt, .undoAttempt, .retry, .markCancelling, .finish,
                    .replay:
                    try writeTask(write, &answers)
                }
            }
        }
        if answers.hasFiles { try files.syncNames() }
        for row in rows.values { try circuits.replace(row) }
        if let reserved { try circuits.reserve(through: reserved) }
        if let returned { try circuits.setReserved(to: returned) }
        return answers
    }

    private func writeTask(_ write: StoreWrite, _ answers: inout Answers) throws(StoreFault) {
        switch write {
        case .accept(let task, nil): try arrivals.accept(task, key: nil)
        case .accept(let task, let key?):
            let use = try arrivals.find(key, of: task.bot)
            if use == .unused { try arrivals.accept(task, key: key) }
            answers.keys.append(use)
        case .findKey(let key, let bot): answers.keys.append(try arrivals.find(key, of: bot))
        case .beginAttempt(let id, let time): answers.begun.append(try attempts.begin(id, at: time))
        case .undoAttempt(let id): try attempts.undo(id)
        case .retry(let id, let outcome, let crashes, let time, let notBefore):
            try attempts.retry(id, outcome, crashes: crashes, at: time, notBefore: notBefore)
        case .markCancelling(let id): try attempts.markCancelling(id)
        case .finish(let id, let status, let outcome, let time):
            let hasFiles = try ends.finish(id, status, outcome, at: time)
            if hasFiles { answers.hasFiles = true }
            answers.ended += 1
        case .replay(let order): try replay(order, &answers)
        case .circuit, .transition, .reserveSequence, .returnSequence:
            preconditionFailure("\(write) concerns no task")
        }
    }

    private func replay(_ order: ReplayOrder, _ answers: inout Answers) throws(StoreFault) {
        let answer = try replays.replay(order) { number throws(StoreFault) in
            answers.droppedFiles += try outputs.names(of: number)
        }
        if case .replayed(let tasks, _) = answer { answers.ended -= tasks.count }
        answers.replays.append(answer)
    }
}

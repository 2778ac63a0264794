import CircuitBreaking
import Tasks

/// How an event that is no transition is written and read; transitions have a table of their own, because
/// they are kept longer and are part of the commit that brought them about.
enum KeptEventRow {
    static let columns =
        "sequence, kind, at_ms, bot, circuit, task, number, status, outcome, not_before, state"
    static let columnCount = 11
    /// The columns in the order in which `event` reads them.
    static let columnsToRead = "\(columns), \(RowChecksum.isWhole(columns))"

    static func bind(_ event: ServiceEvent, to statement: SQLiteStatement) {
        statement.bind(event.sequence)
        statement.bind(event.kind.storedCode)
        statement.bind(event.time)
        statement.bind(event.bot?.text)
        statement.bind(event.circuit?.text)
        switch event.kind {
        case .serviceStarted, .serviceStopping, .botStarted, .botStopped: statement.bindNulls(6)
        case .taskBlocked(let state, let count):
            statement.bindNull()
            statement.bind(count)
            statement.bindNulls(3)
            statement.bind(state.rawValue)
        case .taskAccepted(let task), .taskCancelled(let task):
            statement.bind(task)
            statement.bindNulls(5)
        case .taskStarted(let task, let attempt):
            statement.bind(task)
            statement.bind(attempt)
            statement.bindNulls(4)
        case .taskFinished(let task, let status, let outcome):
            statement.bind(task)
            statement.bindNull()
            statement.bind(status.storedCode)
            statement.bind(outcome.storedCode)
            statement.bindNulls(2)
        case .taskRetryScheduled(let task, let attempt, let outcome, let notBefore):
            statement.bind(task)
            statement.bind(attempt)
            statement.bindNull()
            statement.bind(outcome.storedCode)
            statement.bind(notBefore)
            statement.bindNull()
        case .taskReplayed(let task, let notBefore):
            statement.bind(task)
            statement.bindNulls(3)
            statement.bind(notBefore)
            statement.bindNull()
        case .stateTransition: preconditionFailure("a transition is no row among the other events")
        }
    }

    static func event(_ row: SQLiteStatement) throws(StoreFault) -> ServiceEvent {
        let sequence = row.unsigned(0)
        guard row.number(Int32(columnCount)) == 1 else { throw row.notAsWritten("event \(sequence)") }
        let (name, circuitName) = (row.optionalText(3), row.optionalText(4))
        let (bot, circuit) = (name.flatMap { BotID($0) }, circuitName.flatMap { CircuitName($0) })
        guard (name == nil) == (bot == nil), (circuitName == nil) == (circuit == nil), let kind = kind(row)
        else { throw row.damaged("event \(sequence) makes no sense") }
        return ServiceEvent(sequence: sequence, time: row.time(2), bot: bot, circuit: circuit, kind: kind)
    }

    /// Nil when the columns do not make one.
    private static func kind(_ row: SQLiteStatement) -> ServiceEvent.Kind? {
        switch row.number(1) {
        case 0: return .serviceStarted
        case 1: return .serviceStopping
        case 2: return .botStarted
        case 3: return .botStopped
        case 4:
            return CircuitState(rawValue: row.text(10)).map { .taskBlocked(state: $0, count: row.count(6)) }
        default: return row.taskID(5).flatMap { kind(row, of: $0) }
        }
    }

    private static func kind(_ row: SQLiteStatement, of task: TaskID) -> ServiceEvent.Kind? {
        switch row.number(1) {
        case 5: return .taskAccepted(task)
        case 6: return .taskStarted(task, attempt: row.count(6))
        case 7:
            guard let status = TaskStatus(storedCode: row.number(7)),
                let outcome = OutcomeClass(storedCode: row.number(8))
            else { return nil }
            return .taskFinished(task, status: status, outcome)
        case 8: return .taskCancelled(task)
        case 9:
            guard let outcome = OutcomeClass(storedCode: row.number(8)), let time = row.optionalTime(9)
            else { return nil }
            return .taskRetryScheduled(task, attempt: row.count(6), outcome, notBefore: time)
        case 10: return .taskReplayed(task, notBefore: row.optionalTime(9))
        default: return nil
        }
    }
}

extension ServiceEvent.Kind {
    /// Given once, as those in StoredCodes.swift.
    fileprivate var storedCode: Int {
        switch self {
        case .serviceStarted: 0
        case .serviceStopping: 1
        case .botStarted: 2
        case .botStopped: 3
        case .taskBlocked: 4
        case .taskAccepted: 5
        case .taskStarted: 6
        case .taskFinished: 7
        case .taskCancelled: 8
        case .taskRetryScheduled: 9
        case .taskReplayed: 10
        case .stateTransition: preconditionFailure("a transition is no row among the other events")
        }
    }

    var isTransition: Bool {
        if case .stateTransition = self { true } else { false }
    }
}

extension SQLiteStatement {
    fileprivate func bindNulls(_ count: Int) {
        for _ in 0..<count { bindNull() }
    }

    fileprivate func count(_ column: Int32) -> Int { Int(number(column)) }
}

extension Schema {
    /// Which columns have something follows from `kind`.
    static let events = """
        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,
            bot TEXT,
            circuit TEXT,
            task BLOB,
            number INTEGER,
            status INTEGER,
            outcome INTEGER,
            not_before INTEGER,
            state TEXT,
            checksum INTEGER NOT NULL
        );
        """
}

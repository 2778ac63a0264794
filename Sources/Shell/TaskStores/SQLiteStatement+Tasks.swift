import MonotonicTime
import Tasks

// What rows about tasks have in common.

extension EndedAttempt {
    /// In the order in which `init(_:of:)` reads them, then whether the row is as it was written.
    static let columns = "\(ownColumns), \(RowChecksum.isWhole("task, \(ownColumns)"))"
    static let ownColumns = "attempt, started_at, finished_at, outcome, exit_code, signal, message"

    init(_ row: SQLiteStatement, of id: TaskID) throws(StoreFault) {
        guard row.number(7) == 1 else { throw row.notAsWritten("an attempt of task \(id)") }
        self.init(
            number: Int(row.number(0)), startedAt: row.time(1), finishedAt: row.time(2),
            outcome: Outcome(
                try row.outcomeClass(3, of: id),
                exitCode: row.optionalNumber(4).map { Int32(truncatingIfNeeded: $0) },
                signal: row.optionalText(5), message: row.optionalText(6)))
    }
}

extension SQLiteStatement {
    func outcomeClass(_ column: Int32, of id: TaskID) throws(StoreFault) -> OutcomeClass {
        guard let outcomeClass = OutcomeClass(storedCode: number(column)) else {
            throw damaged("task \(id) has the unknown outcome \(number(column))")
        }
        return outcomeClass
    }

    func priority(_ column: Int32, of id: TaskID) throws(StoreFault) -> TaskPriority {
        guard let priority = TaskPriority(level: Int(number(column))) else {
            throw damaged("task \(id) has the unknown priority \(number(column))")
        }
        return priority
    }

    func maximumAttempts(_ column: Int32, of id: TaskID) throws(StoreFault) -> Int {
        let maximum = Int(UInt32(truncatingIfNeeded: number(column)))
        guard maximum > 0, number(column) > 0 else {
            throw damaged("task \(id) may have \(number(column)) attempts")
        }
        return maximum
    }

    /// Stands in the upper half of the same column.
    func attemptsAtReplay(_ column: Int32) -> Int {
        Int(number(column) >> 32)
    }

    /// What `max_attempts` holds. A column of its own would need a new checksum for each row that there is.
    func bind(attemptsOf terms: TaskTerms) {
        bind(Int64(terms.attemptsAtReplay) << 32 | Int64(terms.maximumAttempts))
    }

    func optionalTime(_ column: Int32) -> WallTime? {
        optionalNumber(column).map { WallTime(milliseconds: $0) }
    }

    func time(_ column: Int32) -> WallTime {
        WallTime(milliseconds: number(column))
    }

    func bind(_ time: WallTime) {
        bind(time.milliseconds)
    }

    func bind(_ time: WallTime?) {
        bind(time?.milliseconds)
    }

    /// Unsigned numbers keep their 64 bits; the upper half of them reads as negative to SQLite.
    func bind(_ number: UInt64) {
        bind(Int64(bitPattern: number))
    }

    func unsigned(_ column: Int32) -> UInt64 {
        UInt64(bitPattern: number(column))
    }

    /// A row that no version of ours can have written.
    func damaged(_ what: String) -> StoreFault {
        StoreFault(.unusable, "\(path): the file is damaged: \(what)")
    }

    /// A row whose checksum is that of another one.
    func notAsWritten(_ name: String) -> StoreFault {
        damaged("\(name) is not as it was written")
    }
}

extension TaskPayload {
    /// The timeout in milliseconds, rounded up, so that a short one does not become none.
    var timeoutMilliseconds: Int64 {
        let (whole, rest) = timeout.wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest > 0 ? whole + 1 : whole
    }
}

import CircuitBreaking
import Tasks

// A circuit's row: one column a field of the snapshot. Writing and reading stand side by side, in one order.

extension CircuitRow {
    static let columns = """
        name, state, generation, transition_sequence, failure_count, open_time_ns, remaining_open_ns, \
        admitted, rejected, succeeded, failed, ignored, late, recent_newest, recent_older, recent_count, \
        last_reason, taken_at, remaining_manual_ns, backoff_level, healthy_ns
        """
    static let columnCount = 21

    func bind(to statement: SQLiteStatement) {
        statement.bind(name)
        statement.bind(snapshot.state.rawValue)
        statement.bind(snapshot.generation)
        statement.bind(snapshot.transitionSequence)
        statement.bind(snapshot.failureCount)
        statement.bind(snapshot.openTimeNanoseconds)
        statement.bind(snapshot.remainingOpenNanoseconds)
        statement.bind(snapshot.totals.admitted)
        statement.bind(snapshot.totals.rejected)
        statement.bind(snapshot.totals.succeeded)
        statement.bind(snapshot.totals.failed)
        statement.bind(snapshot.totals.ignored)
        statement.bind(snapshot.totals.late)
        statement.bind(snapshot.recentNewest)
        statement.bind(snapshot.recentOlder)
        statement.bind(snapshot.recentCount)
        statement.bind(snapshot.lastReason?.rawValue)
        statement.bind(takenAt)
        statement.bind(snapshot.remainingManualNanoseconds)
        statement.bind(snapshot.backoffLevel)
        statement.bind(snapshot.healthyNanoseconds)
    }

    init(_ row: SQLiteStatement) throws(StoreFault) {
        let name = row.text(0)
        guard let state = CircuitState(rawValue: row.text(1)) else {
            throw row.damaged("circuit \(name) has the unknown state “\(row.text(1))”")
        }
        let reason = row.optionalText(16)
        let lastReason = reason.flatMap { TransitionReason(rawValue: $0) }
        guard reason == nil || lastReason != nil else {
            throw row.damaged("circuit \(name) has the unknown reason “\(row.text(16))”")
        }
        guard row.number(Int32(Self.columnCount)) == 1 else { throw row.notAsWritten("circuit \(name)") }
        let totals = CircuitTotals(
            admitted: row.unsigned(7), rejected: row.unsigned(8), succeeded: row.unsigned(9),
            failed: row.unsigned(10), ignored: row.unsigned(11), late: row.unsigned(12))
        let snapshot = CircuitSnapshot(
            state: state, generation: row.unsigned(2), transitionSequence: row.unsigned(3),
            failureCount: Int(row.number(4)), openTimeNanoseconds: row.number(5),
            remainingOpenNanoseconds: row.number(6), remainingManualNanoseconds: row.optionalNumber(18),
            backoffLevel: Int(row.number(19)), healthyNanoseconds: row.number(20), totals: totals,
            recentNewest: row.unsigned(13),
            recentOlder: row.unsigned(14), recentCount: Int(row.number(15)), lastReason: lastReason)
        self.init(name: name, snapshot: snapshot, takenAt: row.time(17))
    }
}

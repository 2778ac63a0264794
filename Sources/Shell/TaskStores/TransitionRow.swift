import CircuitBreaking
import Tasks

/// How a circuit's transition is written and read. Only this kind of event is kept in the store.
enum TransitionRow {
    static let columns = "sequence, bot, from_state, to_state, reason, note, at_ms"
    static let columnCount = 7
    /// The columns in the order in which `event` reads them.
    static let columnsToRead = "\(columns), \(RowChecksum.isWhole(columns))"

    static func bind(_ event: ServiceEvent, to statement: SQLiteStatement) {
        guard case .stateTransition(let from, let to, let reason, let note) = event.kind else {
            preconditionFailure("the store keeps transitions, not \(event.kind.name)")
        }
        statement.bind(event.sequence)
        statement.bind(event.bot?.text)
        statement.bind(from.rawValue)
        statement.bind(to.rawValue)
        statement.bind(reason.rawValue)
        statement.bind(note)
        statement.bind(event.time)
    }

    static func event(_ row: SQLiteStatement) throws(StoreFault) -> ServiceEvent {
        let sequence = row.unsigned(0)
        let name = row.optionalText(1)
        let bot = name.flatMap { BotID($0) }
        guard row.number(Int32(columnCount)) == 1 else { throw row.notAsWritten("transition \(sequence)") }
        guard (name == nil) == (bot == nil), let from = CircuitState(rawValue: row.text(2)),
            let to = CircuitState(rawValue: row.text(3)), let reason = TransitionReason(rawValue: row.text(4))
        else { throw row.damaged("transition \(sequence) makes no sense") }
        return ServiceEvent(
            sequence: sequence, time: row.time(6), bot: bot,
            kind: .stateTransition(from: from, to: to, reason: reason, note: row.optionalText(5)))
    }
}

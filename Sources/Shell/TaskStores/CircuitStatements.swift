import Tasks

/// The statements that write circuits, their transitions and the numbers of events, prepared once.
struct CircuitStatements {
    private let circuit: SQLiteStatement
    private let transition: SQLiteStatement
    private let reserve: SQLiteStatement
    private let setReserved: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        circuit = try connection.prepare(
            "INSERT OR REPLACE INTO circuits \(Self.values(CircuitRow.columns, CircuitRow.columnCount))")
        transition = try connection.prepare(
            "INSERT INTO transitions \(Self.values(TransitionRow.columns, TransitionRow.columnCount))")
        let number = "INTO meta (value, key, checksum) VALUES (?1, 'reserved_sequence', "
        reserve = try connection.prepare(
            """
            INSERT \(number) row_checksum('reserved_sequence', ?1))
            ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value),
            checksum = row_checksum(key, max(value, excluded.value))
            """)
        setReserved = try connection.prepare(
            "INSERT OR REPLACE \(number) row_checksum('reserved_sequence', ?1))")
    }

    /// Columns and their values, with the checksum behind them.
    private static func values(_ columns: String, _ count: Int) -> String {
        let marks = (1...count).map { "?\($0)" }.joined(separator: ", ")
        return "(\(columns), checksum) VALUES (\(marks), row_checksum(\(marks)))"
    }

    func replace(_ row: CircuitRow) throws(StoreFault) {
        defer { circuit.reset() }
        row.bind(to: circuit)
        try circuit.run()
    }

    func insert(_ event: ServiceEvent) throws(StoreFault) {
        defer { transition.reset() }
        TransitionRow.bind(event, to: transition)
        try transition.run()
    }

    /// Numbers up to this one may be given; what is reserved already stays so.
    func reserve(through sequence: UInt64) throws(StoreFault) {
        try set(reserve, sequence)
    }

    /// Numbers above this one are free, whatever was reserved.
    func setReserved(to sequence: UInt64) throws(StoreFault) {
        try set(setReserved, sequence)
    }

    private func set(_ statement: SQLiteStatement, _ sequence: UInt64) throws(StoreFault) {
        precondition(sequence <= UInt64(Int64.max), "no event has the number \(sequence)")
        defer { statement.reset() }
        statement.bind(sequence)
        try statement.run()
    }
}

import Tasks

/// The statements that write circuits, their transitions and the numbers of events, prepared once.
struct CircuitStatements {
    private let circuit: SQLiteStatement
    private let transition: SQLiteStatement
    private let reserve: SQLiteStatement
    private let setReserved: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        let marks = { Array(repeating: "?", count: $0).joined(separator: ", ") }
        circuit = try connection.prepare(
            """
            INSERT OR REPLACE INTO circuits (\(CircuitRow.columns))
            VALUES (\(marks(CircuitRow.columnCount)))
            """)
        transition = try connection.prepare(
            """
            INSERT INTO transitions (\(TransitionRow.columns)) VALUES (\(marks(TransitionRow.columnCount)))
            """)
        reserve = try connection.prepare(
            """
            INSERT INTO meta (key, value) VALUES ('reserved_sequence', ?)
            ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)
            """)
        setReserved = try connection.prepare(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('reserved_sequence', ?)")
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

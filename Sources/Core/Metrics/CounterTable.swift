/// Counters with two labels whose values are known beforehand: a table, so that counting is one addition at a
/// place in an array.
package struct CounterTable: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    private var counts: [UInt64]

    package init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns > 0, "a table of \(rows) × \(columns)")
        self.rows = rows
        self.columns = columns
        counts = [UInt64](repeating: 0, count: rows * columns)
    }

    package subscript(row: Int, column: Int) -> UInt64 { counts[place(row, column)] }

    package mutating func count(_ row: Int, _ column: Int) {
        counts[place(row, column)] += 1
    }

    private func place(_ row: Int, _ column: Int) -> Int {
        precondition(
            row >= 0 && row < rows && column >= 0 && column < columns,
            "(\(row), \(column)) in a table of \(rows) × \(columns)")
        return row * columns + column
    }
}

/// Columns that stand under each other: the first on the left, the others on the right.
struct Table {
    private var rows: [[String]]

    init(_ columns: String...) { self.init(columns) }

    init(_ columns: [String]) {
        rows = [columns]
    }

    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) {
        precondition(
            cells.count == rows[0].count, "a row has \(cells.count) cells for \(rows[0].count) columns")
        rows.append(cells)
    }

    var lines: [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + blanks : blanks + row[column]
            }
            return cells.joined(separator: "   ")
        }
    }
}

extension Double {
    /// `1234.5` with one decimal is `1,234.5`; what is not finite is a dash.
    func text(decimals: Int = 0) -> String {
        guard isFinite, abs(self) < 1e15 else { return "—" }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let whole = Int((abs(self) * scale).rounded())
        let digits = String(whole / Int(scale))
        var grouped = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { grouped.append(",") }
            grouped.append(digit)
        }
        let fraction = String(whole % Int(scale))
        let zeros = String(repeating: "0", count: max(0, decimals - fraction.count))
        let sign = self < 0 && whole > 0 ? "-" : ""
        return sign + grouped + (decimals > 0 ? ".\(zeros)\(fraction)" : "")
    }

    /// A ratio as people say it: `1.25 ×`.
    var ratioText: String { "\(text(decimals: 2)) ×" }
}

extension [Double] {
    /// The middle one; with an even number, the mean of the middle two. Not a number when there is none.
    var median: Double {
        guard !isEmpty else { return .nan }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }

    /// The value that this share (0 … 1) of all does not exceed.
    func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return .nan }
        return sorted()[Swift.min(count - 1, Int(Double(count) * share))]
    }
}

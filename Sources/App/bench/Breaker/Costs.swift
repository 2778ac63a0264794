/// Nanoseconds per call, by what was called and on how many threads, round by round.
struct Costs {
    /// What stands beside what of C.
    static let rows: [(own: String, floor: String)] = [
        ("value, closed", "C value, closed"), ("value, open", "C value, open"),
        ("shared, closed", "C word, closed"), ("shared, open", "C word, open"),
        ("shared by clock, closed", "C word, closed"), ("shared by clock, open", "C clock, open"),
        ("shared every call, closed", "C mutex, closed"), ("shared every call, open", "C mutex, open"),
    ]

    private var rounds: [String: [Double]] = [:]

    mutating func add(_ costs: [String: Double], _ threads: Int) {
        for (name, cost) in costs { rounds["\(name) \(threads)", default: []].append(cost) }
    }

    /// Of the fastest round: what else the machine does only ever adds.
    func least(_ name: String, _ threads: Int) -> Double {
        rounds["\(name) \(threads)", default: []].min() ?? .nan
    }

    var table: Table {
        var table = Table("call", "1 thread", "C", "ratio", "2 threads", "C", "ratio", "2 : 1")
        for (own, floor) in Self.rows {
            let (one, two) = (least(own, 1), least(own, 2))
            let (floorOne, floorTwo) = (least(floor, 1), least(floor, 2))
            table.add(
                own, one.text(decimals: 2), floorOne.text(decimals: 2), (one / floorOne).ratioText,
                two.text(decimals: 2), floorTwo.text(decimals: 2), (two / floorTwo).ratioText,
                (two / one).ratioText)
        }
        return table
    }

    /// Reads lines of `name: nanoseconds`.
    static func read(_ text: String) throws(BenchFault) -> [String: Double] {
        var costs: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.lastIndex(of: ":"),
                let cost = Double(line[line.index(after: colon)...].drop { $0 == " " })
            else { throw BenchFault("a peer printed \(line)") }
            costs[String(line[..<colon])] = cost
        }
        return costs
    }
}

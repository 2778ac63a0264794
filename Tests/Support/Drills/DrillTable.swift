/// Lines of a name and a number, the numbers under each other.
func drillTable(_ rows: [(name: String, count: Int)]) -> [String] {
    rows.map { name, count in
        let digits = String(count)
        let gap = max(1, 44 - name.count - digits.count)
        return name + String(repeating: " ", count: gap) + digits
    }
}

import JSON
import TOMLKit

/// Reads the keys of one TOML table, notes what is wrong, and in the end which keys nobody asked for.
struct ConfigurationTable {
    private let table: TOMLTable
    /// The table's own path, with a dot behind unless it is the whole file.
    private let prefix: String
    private var known: [String] = []
    private(set) var problems: [String] = []

    init(_ table: TOMLTable, path: String) {
        self.table = table
        prefix = path.isEmpty ? "" : path + "."
    }

    var keys: [String] { table.keys.sorted() }

    /// - Parameter field: a key of the table that has this key.
    mutating func complain(_ key: String, field: String? = nil, _ sentence: String) {
        let path = BareKey.quoted(key) + (field.map { ".\($0)" } ?? "")
        problems.append("\(prefix)\(path): \(sentence)")
    }

    mutating func adopt(_ more: [String]) { problems += more }

    /// A value turned into what is wanted; nil when the key is missing or, with a complaint, of another kind.
    mutating func read<Value>(
        _ key: String, _ expected: String, _ convert: (any TOMLValueConvertible) -> Value?
    ) -> Value? {
        known.append(key)
        guard table.contains(key: key), let value = table[key] else { return nil }
        guard let converted = convert(value) else {
            complain(key, "expected \(expected), found \(Self.kind(of: value))")
            return nil
        }
        return converted
    }

    mutating func string(_ key: String) -> String? { read(key, "a string") { $0.string } }
    mutating func bool(_ key: String) -> Bool? { read(key, "true or false") { $0.bool } }

    /// A whole number; its range is somebody else's to judge.
    mutating func integer(_ key: String) -> Int? { read(key, "a whole number") { $0.int } }

    /// A number with or without a fraction; its range is somebody else's to judge.
    mutating func number(_ key: String) -> Double? {
        read(key, "a number") { $0.double ?? $0.int.map(Double.init) }
    }

    /// A duration; its range is somebody else's to judge.
    mutating func duration(_ key: String) -> Duration? {
        read(key, "a duration such as \"30s\"") { $0.string.flatMap(DurationText.parse) }
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = integer(key) else { return nil }
        if range.contains(value) { return value }
        complain(key, "must be from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    mutating func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        guard let value = duration(key) else { return nil }
        if range.contains(value) { return value }
        let (low, high) = (DurationText.format(range.lowerBound), DurationText.format(range.upperBound))
        complain(key, "must be from \(low) to \(high)")
        return nil
    }

    mutating func size(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = read(key, "a size such as \"1MiB\"", { $0.string.flatMap(SizeText.parse) })
        else { return nil }
        if range.contains(value) { return value }
        complain(key, "must be from \(range.lowerBound) to \(range.upperBound) bytes")
        return nil
    }

    mutating func strings(_ key: String) -> [String]? {
        read(key, "an array of strings") { value in
            guard let array = value.array else { return nil }
            let strings = array.compactMap { $0.string }
            return strings.count == array.count ? strings : nil
        }
    }

    /// Every value that is no string is named by its own path.
    mutating func stringTable(_ key: String) -> [String: String]? {
        guard var table = subtable(key) else { return nil }
        var strings: [String: String] = [:]
        for name in table.keys { strings[name] = table.string(name) }
        adopt(table.problems)
        return strings
    }

    mutating func subtable(_ key: String) -> ConfigurationTable? {
        let path = prefix + BareKey.quoted(key)
        return read(key, "a table") { $0.table.map { ConfigurationTable($0, path: path) } }
    }

    /// A table for each element of an array, named by its number, from 1 on.
    ///
    /// - Parameter orOne: a table that stands there alone will do, too.
    mutating func subtables(_ key: String, orOne: Bool = false) -> [ConfigurationTable]? {
        let path = prefix + BareKey.quoted(key)
        return read(key, orOne ? "a table, or an array of tables" : "an array of tables") { value in
            if orOne, let table = value.table { return [ConfigurationTable(table, path: path)] }
            guard let array = value.array else { return nil }
            let tables = array.enumerated().compactMap { index, element in
                element.table.map { ConfigurationTable($0, path: "\(path)[\(index + 1)]") }
            }
            return tables.count == array.count ? tables : nil
        }
    }

    /// Complains about every key that was not read.
    mutating func refuseUnknownKeys() {
        for key in keys where !known.contains(key) {
            let nearest = known.map { ($0, BareKey.distance(key, $0)) }.min { $0.1 < $1.1 }
            let hint = nearest.flatMap { $0.1 <= max(2, key.count / 3) ? "; did you mean \($0.0)?" : nil }
            complain(key, "unknown key\(hint ?? "; known: \(known.sorted().joined(separator: ", "))")")
        }
    }

    private static func kind(of value: any TOMLValueConvertible) -> String {
        switch value.type {
        case .string: "the string \(BareKey.text(value.string ?? ""))"
        case .int: "an integer"
        case .double: "a float"
        case .bool: "a boolean"
        case .array: "an array"
        case .table: "a table"
        case .date, .time, .dateTime: "a date or time"
        }
    }
}

/// What can be said of keys as text.
enum BareKey {
    /// True when TOML takes the key without quotes.
    static func isBare(_ key: String) -> Bool {
        !key.isEmpty
            && key.utf8.allSatisfy { byte in
                let scalar = Character(Unicode.Scalar(byte))
                return byte < 128 && (scalar.isLetter || scalar.isNumber || scalar == "_" || scalar == "-")
            }
    }

    /// A key as it is shown: one that is not bare stands in quotes, on one line.
    static func quoted(_ key: String) -> String { isBare(key) ? key : text(key) }

    /// A text from the file as it is shown: in quotes, on one line.
    static func text(_ text: String) -> String { JSONValue.string(text).jsonText }

    /// How many letters must be put in, left out or changed to make one key of the other (Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let cost = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(cost, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}

/// The functions of a file and the lines between their braces.
struct FunctionLength: Sendable {
    let line: Int
    let bodyLines: Int

    static func all(in file: SwiftFile) -> [FunctionLength] {
        file.code.indices.filter { begins(file.code[$0]) }.compactMap { start in
            bodyLines(of: start, in: file.code).map { FunctionLength(line: start + 1, bodyLines: $0) }
        }
    }

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private", "static", "class", "final", "override",
        "mutating", "nonmutating", "borrowing", "consuming", "convenience", "required", "indirect",
        "nonisolated", "isolated",
    ]

    /// Whether a line of code begins the declaration of a function.
    private static func begins(_ line: String) -> Bool {
        let words = line.split(separator: " ").drop { $0.hasPrefix("@") || modifiers.contains($0) }
        guard let first = words.first else { return false }
        if first == "func" || first == "deinit" { return true }
        return ["init(", "init?(", "init<", "subscript(", "subscript<"].contains { first.hasPrefix($0) }
    }

    /// The lines between the braces that belong to the declaration; nil when it has none, as in a protocol.
    private static func bodyLines(of start: Int, in code: [String]) -> Int? {
        var parentheses = 0
        var braces = 0
        var opened = 0
        for number in start..<code.count {
            for character in code[number] {
                switch character {
                case "(", "[": parentheses += braces == 0 ? 1 : 0
                case ")", "]": parentheses -= braces == 0 ? 1 : 0
                case "{" where parentheses == 0:
                    if braces == 0 { opened = number }
                    braces += 1
                case "}" where braces == 0 && parentheses == 0: return nil
                case "}" where parentheses == 0:
                    braces -= 1
                    if braces == 0 { return max(0, number - opened - 1) }
                default: break
                }
            }
            if braces == 0, parentheses == 0, !continues(code, after: number) { return nil }
        }
        return nil
    }

    /// Whether the next line still belongs to a declaration whose body has not begun.
    private static func continues(_ code: [String], after number: Int) -> Bool {
        guard number + 1 < code.count else { return false }
        let next = code[number + 1].drop { $0 == " " }
        return ["->", "where", "throws", "{"].contains { next.hasPrefix($0) }
    }
}

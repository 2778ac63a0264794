import Testing

@Suite("Everything fits on a page")
struct SizeTests {
    static let fileLimit = 250
    static let lineLimit = 110
    static let functionLimit = 40

    @Test("a file has at most 250 lines")
    func files() {
        check(Exceptions.longFiles, limit: Self.fileLimit) { $0.lines.count }
    }

    @Test("a line has at most 110 columns")
    func lines() {
        check(Exceptions.longLines, limit: 0) { file in
            file.lines.count { $0.count > Self.lineLimit }
        }
    }

    @Test("a function has at most 40 lines")
    func functions() {
        check(Exceptions.longFunctions, limit: Self.functionLimit) { file in
            FunctionLength.all(in: file).map(\.bodyLines).max() ?? 0
        }
    }

    @Test("the counter of lines finds where a function ends")
    func counterCounts() {
        let file = SwiftFile(
            path: "example",
            text: """
                protocol Door {
                    func open()
                }
                struct House: Door {
                    init() {}
                    package mutating func close(
                        _ door: Int = { 1 }()
                    ) -> String {
                        // A brace in a comment: }
                        let text = "}\\(door)}"
                        return text
                    }
                    func open() { if true { return } }
                }
                """)
        #expect(FunctionLength.all(in: file).map(\.bodyLines) == [0, 3, 0])
    }

    /// Holds every file to the limit, an excepted one to its own number, and no exception beyond its need.
    private func check(_ exceptions: [String: Int], limit: Int, measure: (SwiftFile) -> Int) {
        var unneeded = Set(exceptions.keys)
        for file in House.sources + House.tests {
            let size = measure(file)
            #expect(size <= exceptions[file.path] ?? limit, "\(file.path): \(size)")
            if size > limit { unneeded.remove(file.path) }
        }
        #expect(unneeded.isEmpty, "no longer exceptions: \(unneeded.sorted())")
    }
}

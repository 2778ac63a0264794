/// How far somebody knows a task's output: the attempt, and how many bytes of what that wrote. As text
/// `2:1024`.
struct OutputPosition: Equatable {
    var attempt: Int
    var offset: Int

    static let start = OutputPosition(attempt: 0, offset: 0)
    /// The id of the event behind which nothing comes.
    static let end = "end"

    init(attempt: Int, offset: Int) {
        (self.attempt, self.offset) = (attempt, offset)
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...18).contains($0.utf8.count) }),
            let attempt: Int = WholeNumberText.parse(parts[0]), attempt > 0,
            let offset: Int = WholeNumberText.parse(parts[1])
        else { return nil }
        self.init(attempt: attempt, offset: offset)
    }

    var text: String { "\(attempt):\(offset)" }
}

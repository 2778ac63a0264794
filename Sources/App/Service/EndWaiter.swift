import UV

/// A client that waits for the end of a task.
final class EndWaiter {
    var timer: Timer?
    private var completion: ((Bool) -> Void)?

    init(_ completion: @escaping (Bool) -> Void) {
        self.completion = completion
    }

    func finish(hasEnded: Bool) {
        timer?.close()
        timer = nil
        completion.take()?(hasEnded)
    }
}

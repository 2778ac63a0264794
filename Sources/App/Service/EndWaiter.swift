import Tasks
import UV

/// A client that waits for the end of a task.
final class EndWaiter {
    var timer: Timer?
    private var completion: ((TaskEnd?) -> Void)?

    init(_ completion: @escaping (TaskEnd?) -> Void) {
        self.completion = completion
    }

    /// - Parameter end: nil when the time is over.
    func finish(_ end: TaskEnd?) {
        timer?.close()
        timer = nil
        completion.take()?(end)
    }
}

/// The end of a task, which is on disk.
enum TaskEnd {
    case known(TaskRecord)
    /// Only the store knows the task.
    case stored
}

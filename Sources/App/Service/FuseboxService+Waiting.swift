import MonotonicTime
import Tasks
import UV

extension FuseboxService {
    /// Calls back when a task's end is on disk, or with nil when the time is over.
    func waitForEnd(of task: TaskID, atMost limit: Duration, _ completion: @escaping (TaskEnd?) -> Void) {
        let waiter = EndWaiter(completion)
        waiter.timer = Timer(on: loop) { [unowned self] in
            waiters[task]?.removeAll { $0 === waiter }
            if waiters[task]?.isEmpty == true {
                waiters[task] = nil
                watched[task] = nil
            }
            waiter.finish(nil)
        }
        waiter.timer?.arm(at: loop.now.advanced(by: limit))
        waiters[task, default: []].append(waiter)
    }

    /// The task's end is on disk.
    func announceEnd(of task: TaskID) {
        outputs.taskEnded(task)
        let record = watched.removeValue(forKey: task)?.record
        guard let waiting = waiters.removeValue(forKey: task) else { return }
        let end = record.map { TaskEnd.known($0) } ?? .stored
        for waiter in waiting { waiter.finish(end) }
    }

    /// Something about a task is about to be written.
    func watch(_ write: StoreWrite) {
        switch write {
        case .beginAttempt(let task, let time): watched[task]?.startedAt = time
        case .finish(let task, let status, let outcome, let time):
            watched[task]?.end(as: status, outcome, at: time)
        // It will have more than one attempt to show, or none.
        case .retry(let task, _, _, _, _), .undoAttempt(let task): watched[task] = nil
        case .accept, .findKey, .markCancelling, .replay, .circuit, .transition, .reserveSequence,
            .returnSequence:
            break
        }
    }
}

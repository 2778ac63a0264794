import DequeModule
package import Tasks

/// The waiting tasks of one bot, oldest first.
///
/// Task ids only rise, so the order of the ids is the order of age: nothing but the id is kept, 16 bytes a
/// task (at most 24 with the slack of growing), and a task in the middle is found by halving.
package struct Backlog: Sendable {
    private var tasks: Deque<TaskID> = []

    package init() {}

    package var count: Int { tasks.count }
    package var isEmpty: Bool { tasks.isEmpty }
    package var oldest: TaskID? { tasks.first }

    /// Adds a task at the place of its age: at the end when it is new, further ahead when it comes back.
    package mutating func insert(_ task: TaskID) {
        guard let last = tasks.last, task < last else {
            precondition(tasks.last != task, "task \(task) is in the backlog already")
            tasks.append(task)
            return
        }
        let place = position(of: task)
        precondition(tasks[place] != task, "task \(task) is in the backlog already")
        tasks.insert(task, at: place)
    }

    package mutating func removeOldest() -> TaskID? {
        tasks.popFirst()
    }

    /// Takes a task out, wherever it stands; false when it is not here.
    package mutating func remove(_ task: TaskID) -> Bool {
        let place = position(of: task)
        guard place < tasks.count, tasks[place] == task else { return false }
        tasks.remove(at: place)
        return true
    }

    /// The place of the first task that is not older than `task`.
    private func position(of task: TaskID) -> Int {
        var (low, high) = (0, tasks.count)
        while low < high {
            let middle = low + (high - low) / 2
            if tasks[middle] < task { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

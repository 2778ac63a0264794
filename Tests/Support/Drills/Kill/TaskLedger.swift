/// What clients did and what they were told: the truth that the service is held to.
package struct TaskLedger: Sendable {
    /// What became of a submission, as its client saw it.
    package enum Fate: Equatable, Sendable {
        /// No answer came: the task may be in, or not.
        case unanswered
        case accepted(String)
        case refused(String)
    }

    /// By the number of the submission, which the task carries as its `input`.
    package private(set) var fates: [Fate] = []
    /// How tasks ended, as the service told it first.
    package private(set) var ends: [String: String] = [:]
    /// The ids of tasks that the service told two different ends of.
    package private(set) var doubledEnds: [String] = []

    package init() {}

    /// Gives the next submission its number.
    package mutating func submit() -> Int {
        fates.append(.unanswered)
        return fates.count - 1
    }

    package mutating func note(_ fate: Fate, of submission: Int) {
        fates[submission] = fate
    }

    package mutating func noteEnd(_ status: String, of task: String) {
        let first = ends[task, default: status]
        ends[task] = first
        if first != status { doubledEnds.append(task) }
    }

    package var acceptedTasks: [String] {
        fates.compactMap { if case .accepted(let task) = $0 { task } else { nil } }
    }
}

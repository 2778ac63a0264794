import TaskEngine
import Tasks

/// The store's answer to a replay is not heard as it was given; what is told of it is right.
struct MisheardReplay: Sabotage {
    /// What is heard instead of each task, the first of them being given, too.
    let heard: @Sendable (_ task: QueuedTask, _ first: QueuedTask) -> QueuedTask
    private var through: [TaskID: WallTime] = [:]

    init(_ heard: @escaping @Sendable (_ task: QueuedTask, _ first: QueuedTask) -> QueuedTask) {
        self.heard = heard
    }

    init(isHeldBack: Bool) {
        self = isHeldBack ? .asRetry : .withoutPace
    }

    /// All may begin when the first may.
    private static let withoutPace = MisheardReplay { task, first in
        task.with(runAt: first.runAt, notBefore: first.notBefore)
    }

    /// The first attempt since the replay is held back as any retry.
    private static let asRetry = MisheardReplay { task, _ in
        task.with(runAt: task.runAt?.advanced(by: .milliseconds(-1)), notBefore: task.notBefore)
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        var event = event
        if case .stored(.committed(let ticket, let begun, let keys, let replays)) = event {
            let replays = replays.map { hear($0) }
            event = .stored(.committed(through: ticket, begun: begun, keys: keys, replays: replays))
        }
        effects += self.effects(of: event, &engine, at: now).map { effect in
            guard case .reply(let request, .replayed(let tasks, _, let hasMore)) = effect,
                let last = tasks.last, let due = through[last]
            else { return effect }
            return .reply(request, .replayed(tasks, dueThrough: due, hasMore: hasMore))
        }
    }

    private mutating func hear(_ answer: ReplayAnswer) -> ReplayAnswer {
        guard case .replayed(let tasks, let hasMore) = answer, let first = tasks.first else { return answer }
        if let last = tasks.last { through[last.task] = last.notBefore }
        return .replayed(tasks.map { heard($0, first) }, hasMore: hasMore)
    }
}

/// That more could be replayed is not told.
struct UntoldRest: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now).map { effect in
            guard case .reply(let request, .replayed(let tasks, let due, _)) = effect else { return effect }
            return .reply(request, .replayed(tasks, dueThrough: due, hasMore: false))
        }
    }
}

extension QueuedTask {
    fileprivate func with(runAt: WallTime?, notBefore: WallTime?) -> QueuedTask {
        QueuedTask(
            task: task, bot: bot, priority: priority, attempts: attempts, runAt: runAt, notBefore: notBefore,
            expiresAt: expiresAt)
    }
}

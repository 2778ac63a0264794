import Bots
import HTTPServing
import HTTPWire
import TaskStores
import Tasks
import UV

/// Tells what tasks write, while they write it, to those who follow.
///
/// Nothing is kept for a follower: what it gets next is asked of the attempt, which keeps the beginning and
/// the end of what it wrote, or, when the task has ended, of the store. A slow one misses what neither has
/// any more, and is told so.
final class OutputFeed {
    /// Followers that were sent away because there were too many.
    private(set) var refused: UInt64 = 0
    private(set) var followerCount = 0
    private let store: any TaskStore
    private let silence: SilenceTimer
    private var followers: [TaskID: [OutputFollower]] = [:]
    private var bots: [BotID: ProcessBot] = [:]
    /// The attempts that run, of tasks that have followers or not.
    private var running: [TaskID: (attempt: Int, bot: BotID)] = [:]

    init(_ store: any TaskStore, on loop: Loop) {
        self.store = store
        silence = SilenceTimer(on: loop)
    }

    func listen(to bots: [BotID: ProcessBot]) {
        self.bots = bots
        for bot in bots.values { bot.onOutput = { [unowned self] in outputCame(of: $0) } }
    }

    func close() {
        silence.close()
        for bot in bots.values { bot.onOutput = nil }
        bots = [:]
        followers = [:]
    }
}

@available(*, unavailable)
extension OutputFeed: Sendable {}

// MARK: - What happens

extension OutputFeed {
    func attemptBegan(of task: TaskID, _ attempt: Int, _ bot: BotID) {
        running[task] = (attempt, bot)
        for follower in followers[task] ?? [] {
            follower.turn(to: attempt)
            follower.state = .live
        }
    }

    func attemptEnded(of task: TaskID, _ attempt: Int, _ outcome: Outcome) {
        running[task] = nil
        for follower in followers[task] ?? [] {
            follower.turn(to: attempt)
            follower.state = .attemptOver(attempt, follower.source.output(of: outcome))
            pump(follower)
        }
    }

    /// The end is on disk.
    func taskEnded(_ task: TaskID) {
        guard let waiting = followers[task] else { return }
        for follower in waiting { follower.endCame = true }
        store.task(task) { [self] result in
            for follower in waiting where follower.stream != nil {
                switch result {
                case .success(let record?):
                    // Unless somebody has had it run again meanwhile.
                    if record.status.isEnd { follower.state = .ended(record) }
                    pump(follower)
                // It knows where it is, and comes back.
                case .success(nil), .failure: end(follower)
                }
            }
        }
    }

    private func outputCame(of task: TaskID) {
        guard !followers.isEmpty else { return }
        for follower in followers[task] ?? [] { pump(follower) }
    }
}

// MARK: - Coming and going

extension OutputFeed {
    /// Answers a client that wants to follow.
    func follow(
        _ task: TaskID, _ source: OutputStream, after position: OutputPosition, _ responder: HTTPResponder
    ) {
        guard followerCount < StreamLimits.followers else {
            refused += 1
            return responder.respond(Problem.tooManySubscribers(StreamLimits.followers).response)
        }
        let follower = OutputFollower(task, source, after: position)
        followers[task, default: []].append(follower)
        followerCount += 1
        look(for: follower, responder)
    }

    private func look(for follower: OutputFollower, _ responder: HTTPResponder) {
        follower.endCame = false
        store.task(follower.task) { [self] result in
            switch result {
            case .failure(let fault):
                leave(follower)
                responder.respond(Problem.unreadable(fault).response)
            case .success(nil):
                leave(follower)
                responder.respond(Problem.notFound("There is no task \(follower.task).").response)
            case .success(let record?):
                // It has ended between the look and its answer: what was seen is not all.
                if !record.status.isEnd, follower.endCame { return look(for: follower, responder) }
                begin(follower, record, responder)
            }
        }
    }

    private func begin(_ follower: OutputFollower, _ record: TaskRecord, _ responder: HTTPResponder) {
        follower.stream = responder.stream(.eventStream) { [weak self, weak follower] _ in
            if let follower { self?.leave(follower) }
        }
        guard follower.stream != nil else { return leave(follower) }
        if record.status.isEnd {
            follower.state = .ended(record)
        } else if let attempt = running[follower.task]?.attempt {
            follower.turn(to: attempt)
        }
        silence.start { [unowned self] in
            for follower in Array(followers.values.joined()) { follower.breakSilence() }
            return !followers.isEmpty
        }
        pump(follower)
    }

    private func end(_ follower: OutputFollower) {
        follower.stream?.end()
        leave(follower)
    }

    private func leave(_ follower: OutputFollower) {
        follower.stream = nil
        guard let place = followers[follower.task]?.firstIndex(where: { $0 === follower }) else { return }
        followers[follower.task]?.remove(at: place)
        if followers[follower.task]?.isEmpty == true { followers[follower.task] = nil }
        followerCount -= 1
    }
}

// MARK: - Sending

extension OutputFeed {
    /// Sends what there is, as fast as the client takes it.
    private func pump(_ follower: OutputFollower) {
        while let stream = follower.stream, !follower.isWaiting {
            guard stream.waitingBytes <= StreamLimits.waitingBytes else {
                follower.isWaiting = true
                return stream.whenTaken { [weak self] in
                    follower.isWaiting = false
                    self?.pump(follower)
                }
            }
            guard sendNext(to: follower) else { return }
        }
    }

    /// - Returns: whether there may be more.
    private func sendNext(to follower: OutputFollower) -> Bool {
        switch follower.state {
        case .live:
            guard let (_, bot) = running[follower.task],
                let part = bots[bot]?.part(
                    ofOutputOf: follower.task, errors: follower.source == .stderr,
                    from: follower.position.offset, limit: StreamLimits.outputPart)
            else { return false }
            return follower.send(part, isAll: false)
        case .attemptOver(_, let output): return send(output, to: follower)
        case .ended(let record):
            let output = record.outcome.map { follower.source.output(of: $0) } ?? CapturedOutput()
            follower.turn(to: record.attempts)
            if send(output, to: follower) { return true }
            follower.sendEnd(record, output)
            end(follower)
            return false
        }
    }

    private func send(_ output: CapturedOutput, to follower: OutputFollower) -> Bool {
        let part = output.part(from: follower.position.offset, limit: StreamLimits.outputPart)
        return follower.send(part, isAll: part.offset + part.bytes.count == output.byteCount)
    }
}

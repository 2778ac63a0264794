import CircuitBreaking
import HTTPServing
import HTTPWire
import JSON
import MonotonicTime
import TaskEngine
import TaskStores
import Tasks

extension FuseboxService {
    func submit(
        to desk: BotDesk, _ query: HTTPQuery, _ request: inout HTTPRequest, _ responder: HTTPResponder
    ) {
        let (submission, wait): (TaskSubmission, Duration?)
        do throws(Problem) {
            try Self.refuseMediaType(of: request, but: "application/json")
            let key = try Self.key(of: request)
            wait = try Self.wait(in: query)
            submission = try TaskSubmission.read(
                request.takeBody(), for: desk.configuration, key: key, at: now.wall
            ).get()
        } catch {
            return responder.respond(error.response)
        }
        let task = makeTaskID()
        if wait != nil { watched[task] = WatchedTask(submission, for: desk.bot) }
        submit(submission, as: task, to: desk) { [self] reply in
            if case .accepted = reply {} else { watched[task] = nil }
            switch reply {
            case .accepted(let task, let circuit):
                counts.countAccepted(desk.bot)
                let status = submission.terms.runAt == nil ? TaskStatus.queued : .scheduled
                answer(task, of: desk, status, circuit, waiting: wait, responder)
            case .acceptedBefore(let task, _):
                showAgain(task, of: desk.bot, waiting: wait, responder)
            case .refused(let refusal):
                counts.count(refusal, of: desk.bot)
                responder.respond(answer(to: refusal, of: desk))
            case .cancelled, .cancelling, .notActive, .circuitMoved, .circuitMovedUnsaved, .replayed,
                .notReplayable, .unknownTask:
                preconditionFailure("a submission was answered with \(reply)")
            }
        }
    }

    func submit(
        _ submission: TaskSubmission, as task: TaskID, to desk: BotDesk, isOneOfSeveral: Bool = false,
        _ completion: @escaping (Reply) -> Void
    ) {
        ask(
            { request in
                .submitted(
                    Submission(
                        request: request, task: task, bot: desk.bot, payload: submission.payload,
                        terms: submission.terms, metadata: submission.metadata, key: submission.key,
                        isOneOfSeveral: isOneOfSeveral))
            }, completion)
    }

    static func refuseMediaType(
        of request: borrowing HTTPRequest, but known: String...
    ) throws(Problem) {
        if request.value(of: .contentType) == nil { return }
        for type in known where request.mediaType(of: .contentType, is: type) { return }
        throw Problem(
            .unsupportedMediaType, "unsupported-media-type", "Unsupported media type",
            "This is sent as \(known.joined(separator: " or ")).")
    }

    private static func key(of request: borrowing HTTPRequest) throws(Problem) -> String? {
        guard let value = request.value(of: .idempotencyKey) else { return nil }
        guard request.count(of: .idempotencyKey) == 1 else {
            throw .invalid(IdempotencyKey.header, "A task has one Idempotency-Key, not several.")
        }
        return try IdempotencyKey.check(
            String(decoding: value, as: UTF8.self), field: IdempotencyKey.header)
    }

    private static func wait(in query: HTTPQuery) throws(Problem) -> Duration? {
        guard let text = query["wait"] else { return nil }
        guard let wait = DurationText.parse(text), wait <= ServiceLimits.longestWait else {
            let limit = DurationText.format(ServiceLimits.longestWait)
            throw .invalid("wait", "wait must be a duration such as \"30s\", at most \(limit).")
        }
        return wait
    }

    // MARK: - Answering

    private static let replayed = [HTTPField("Idempotent-Replayed", "true")]

    private func answer(
        _ task: TaskID, of desk: BotDesk, _ status: TaskStatus, _ circuit: CircuitState, waiting: Duration?,
        _ responder: HTTPResponder
    ) {
        guard let waiting else { return responder.respond(desk.accepted(task, status, circuit: circuit)) }
        waitForEnd(of: task, atMost: waiting) { [self] end in
            switch end {
            case .known(let record): show(record, responder)
            case .stored: showTask(task, responder)
            case nil: showUnended(task, of: desk.bot, responder)
            }
        }
    }

    /// The task came before, and may have ended long ago.
    private func showAgain(
        _ task: TaskID, of bot: BotID, waiting: Duration?, _ responder: HTTPResponder
    ) {
        guard let waiting else {
            return showUnended(task, of: bot, headers: Self.replayed, endedToo: true, responder)
        }
        waitForEnd(of: task, atMost: waiting) { [self] end in
            switch end {
            case .known(let record): show(record, headers: Self.replayed, responder)
            case .stored: showTask(task, headers: Self.replayed, responder)
            case nil: showUnended(task, of: bot, headers: Self.replayed, responder)
            }
        }
        // Whoever waits for an end that is past would wait in vain.
        store.task(task) { [self] result in
            if case .success(let record?) = result, record.status.isEnd { announceEnd(of: task) }
        }
    }

    /// The task has not ended, as far as is known: says where both it and the circuit are now.
    ///
    /// - Parameter endedToo: answers in the same way when the task has ended after all.
    private func showUnended(
        _ task: TaskID, of bot: BotID, headers: [HTTPField] = [], endedToo: Bool = false,
        _ responder: HTTPResponder
    ) {
        store.task(task) { [self] result in
            let now = now
            guard let reading = engine.reading(of: bot, at: now) else {
                preconditionFailure("bot \(bot) is configured but unknown to the engine")
            }
            // What cannot be read now was accepted all the same.
            let record = try? result.get()
            let status =
                record?.shownStatus(at: now.wall)
                ?? (reading.currentTasks.contains(task) ? .running : .queued)
            if let record, status.isEnd, !endedToo {
                return responder.respond(.json(headers: headers) { $0.task(record, at: now.wall) })
            }
            responder.respond(
                .accepted(
                    task, bot: bot, status: status, circuit: reading.circuit.state, headers: headers))
        }
    }
}

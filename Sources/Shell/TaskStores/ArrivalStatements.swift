import Tasks

/// The statements by which tasks come in.
struct ArrivalStatements {
    private let accept: SQLiteStatement
    private let findKey: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        accept = try connection.prepare(
            TaskRow.insertion([
                "id": "?1", "bot": "?2", "status": "\(TaskStatus.queued.storedCode)", "priority": "?3",
                "attempts": "0", "max_attempts": "?4", "crashes": "0", "created_at": "?5", "run_at": "?6",
                "not_before": "?7", "expires_at": "?8", "timeout_ms": "?9", "key_digest": "?10", "key": "?11",
                "payload_checksum": "?12", "checksum": "?13", "metadata": "?14", "command": "?15",
                "input": "?16",
            ]))
        findKey = try connection.prepare(
            "SELECT id, key_digest, \(TaskRow.isWhole) FROM tasks WHERE bot = ? AND key = ?")
    }

    func accept(_ task: TaskRecord, key: IdempotencyKey?) throws(StoreFault) {
        precondition(
            task.status == .queued && task.attempts == 0 && task.crashes == 0 && task.outcome == nil,
            "task \(task.id) is accepted as \(task.status) after \(task.attempts) attempts")
        defer { accept.reset() }
        accept.bind(task.id)
        accept.bind(task.bot.text)
        accept.bind(task.terms.priority.level)
        accept.bind(task.terms.maximumAttempts)
        accept.bind(task.createdAt)
        accept.bind(task.terms.runAt)
        accept.bind(task.notBefore)
        accept.bind(task.terms.expiresAt)
        accept.bind(task.payload.timeoutMilliseconds)
        accept.bind(key.map { Int64(bitPattern: $0.bodyDigest) })
        accept.bind(key?.text)
        let payloadChecksum = task.payloadChecksum
        accept.bind(payloadChecksum)
        accept.bind(task.acceptedChecksum(key: key, payloadChecksum: payloadChecksum))
        accept.bind(task.metadata)
        accept.bind(task.payload.command)
        accept.bind(task.payload.input)
        try accept.run()
    }

    /// A damaged row is no reason to refuse what else is in the same commit.
    func find(_ key: IdempotencyKey, of bot: BotID) throws(StoreFault) -> KeyUse {
        defer { findKey.reset() }
        findKey.bind(bot.text)
        findKey.bind(key.text)
        guard try findKey.step() else { return .unused }
        guard let task = findKey.taskID(0) else {
            return .unreadable(
                findKey.damaged("the key “\(key.text)” belongs to a task with an id that is none"))
        }
        guard findKey.number(2) == 1 else { return .unreadable(findKey.notAsWritten("task \(task)")) }
        return findKey.unsigned(1) == key.bodyDigest ? .used(by: task) : .usedOtherwise(by: task)
    }
}

// The two checksums of a new row are made here and not by SQL, which would gather 25 values for its function
// and ask of each what it is.
extension TaskRecord {
    /// As `TaskRow.checksum` makes it of the new row, column by column.
    fileprivate func acceptedChecksum(key: IdempotencyKey?, payloadChecksum: Int64) -> Int64 {
        var checksum = Checksum()
        checksum.take(id)
        checksum.take(bot.text)
        checksum.take(Int64(status.storedCode))
        checksum.take(Int64(attempts))
        checksum.take(createdAt.milliseconds)
        checksum.takeNothing(times: 2)
        checksum.take(payload.timeoutMilliseconds)
        // The outcome's columns, and how much output there was.
        checksum.takeNothing(times: 7)
        checksum.take(Int64(terms.priority.level))
        checksum.take(Int64(terms.maximumAttempts))
        checksum.take(Int64(crashes))
        checksum.take(terms.runAt?.milliseconds)
        checksum.take(notBefore?.milliseconds)
        checksum.take(terms.expiresAt?.milliseconds)
        checksum.take(key.map { Int64(bitPattern: $0.bodyDigest) })
        checksum.take(key?.text)
        checksum.take(payloadChecksum)
        checksum.takeNothing()
        return checksum.value
    }

    /// As `TaskRow.payloadChecksum` makes it.
    fileprivate var payloadChecksum: Int64 {
        var checksum = Checksum()
        checksum.take(metadata)
        checksum.take(payload.command)
        checksum.take(payload.input)
        return checksum.value
    }
}

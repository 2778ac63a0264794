import JSON
import MonotonicTime
import Tasks

/// Limits of what a sender may ask for.
enum SubmissionLimits {
    /// How far away `run_at` and `expires` may be.
    static let farthest = Duration.seconds(366 * 86_400)
    /// Bytes of `metadata` as compact JSON.
    static let metadataBytes = 16 * 1024
    /// Bytes of an idempotency key.
    static let keyBytes = 255
    /// Tasks in one request.
    static let batch = 1000
}

// What a sender asks for beside the work itself: when it may run, how often, and for how long.

extension JSONObject {
    /// The task's own timeout, capped by the bot's.
    func timeout(for bot: BotConfiguration) throws(Problem) -> Duration {
        guard let value = self["timeout"] else { return bot.timeout }
        guard let timeout = value.stringValue.flatMap(DurationText.parse) else {
            let limit = DurationText.format(DurationText.longest)
            throw .invalid("timeout", "timeout must be a duration such as \"30s\", at most \(limit).")
        }
        return min(timeout, bot.timeout)
    }

    func terms(for bot: BotConfiguration, at now: WallTime) throws(Problem) -> TaskTerms {
        let (runAt, expiresAt) = (try runAt(now), try expiry(now))
        if let runAt, let expiresAt, expiresAt <= runAt {
            throw .invalid("expires", "expires is over before run_at: the task could never run.")
        }
        return TaskTerms(
            priority: try priority(), maximumAttempts: try maximumAttempts(for: bot), runAt: runAt,
            expiresAt: expiresAt)
    }

    private func priority() throws(Problem) -> TaskPriority {
        guard let value = self["priority"] else { return .standard }
        guard let level = value.int64Value.flatMap(Int.init(exactly:)),
            let priority = TaskPriority(level: level)
        else {
            throw .invalid("priority", "priority must be a whole number from 0 to 9; 9 is the most urgent.")
        }
        return priority
    }

    /// Capped by the bot's: it says how often its work may be done twice.
    private func maximumAttempts(for bot: BotConfiguration) throws(Problem) -> Int {
        guard let value = self["max_attempts"] else { return bot.maximumAttempts }
        guard let number = value.int64Value.flatMap(Int.init(exactly:)), number > 0 else {
            throw .invalid("max_attempts", "max_attempts must be a whole number, at least 1.")
        }
        return min(number, bot.maximumAttempts)
    }

    /// Nil when it is not to wait, also for a time that has passed.
    private func runAt(_ now: WallTime) throws(Problem) -> WallTime? {
        guard let value = self["run_at"] else { return nil }
        guard let time = value.stringValue.flatMap({ WallTime(rfc3339: $0) }) else {
            throw .invalid("run_at", "run_at must be a time such as \"2026-01-31T08:00:00Z\" (RFC 3339).")
        }
        guard now.duration(to: time) <= SubmissionLimits.farthest else {
            throw .invalid("run_at", "run_at must not be more than 366 days away.")
        }
        return time > now ? time : nil
    }

    private func expiry(_ now: WallTime) throws(Problem) -> WallTime? {
        guard let value = self["expires"] else { return nil }
        guard let time = value.stringValue.flatMap(DurationText.parse), time <= SubmissionLimits.farthest
        else {
            throw .invalid("expires", "expires must be a duration such as \"1h\", at most 366 days.")
        }
        return now.advanced(by: time)
    }

    func metadata() throws(Problem) -> String? {
        guard let value = self["metadata"] else { return nil }
        guard value.objectValue != nil else {
            throw .invalid("metadata", "metadata must be an object, not \(value.kind).")
        }
        let text = value.jsonText
        guard text.utf8.count <= SubmissionLimits.metadataBytes else {
            throw .invalid("metadata", "metadata must not be over \(SubmissionLimits.metadataBytes) bytes.")
        }
        return text
    }
}

extension IdempotencyKey {
    /// - Parameter body: what came with the key. Its digest is FNV-1a (64 bits): it tells a mistake from a
    ///   repetition; who wants to fool it fools itself.
    init(_ text: String, body: some Sequence<UInt8>) {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in body { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.init(text, bodyDigest: digest)
    }

    /// Where it stands in a request of one task, and of each of several.
    static let (header, member) = ("Idempotency-Key", "idempotency_key")

    /// The key's text, when it can be one.
    static func check(_ text: String, field: String) throws(Problem) -> String {
        guard (1...SubmissionLimits.keyBytes).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw .invalid(field, "\(field) must have 1 to 255 printable ASCII characters.")
        }
        return text
    }
}

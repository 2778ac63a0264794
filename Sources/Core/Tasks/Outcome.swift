/// How an attempt ended. The text form is what the API and the store say.
package enum OutcomeClass: String, CaseIterable, Sendable {
    /// The bot did the work.
    case ok
    /// The bot ran and said no.
    case failed
    /// The bot takes no work for a while: a rate or usage limit. `Outcome.retryAt` is until when, if it said.
    case throttled
    /// The bot's login is not good any more: every further attempt would fail in the same way.
    case unauthorized
    /// The bot exceeded the attempt's time and was stopped.
    case timedOut = "timed_out"
    /// The bot's process was ended by a signal that we did not send.
    case crashed
    /// The bot's program could not be started: it is missing, not executable, or its directory is missing.
    case spawnFailed = "spawn_failed"
    /// The task cannot be done as it was sent: a rule says so of what the bot answered, or it is larger than
    /// what a program can be started with.
    case callerError = "caller_error"
    /// We could not start the bot for want of something of our own: descriptors, memory, processes.
    case gatewayError = "gateway_error"
    /// The service died, or was stopped, while the attempt ran.
    case lost
    /// Somebody asked for the end.
    case cancelled
    /// No attempt began in the time that the sender gave.
    case expired
    /// The bot did not do the work, and a rule says that this tells nothing about it.
    case ignored
}

/// The end of one attempt, as decided by what was observed of the bot.
package struct Outcome: Hashable, Sendable {
    package var outcomeClass: OutcomeClass
    /// The exit code, when the process ended by itself.
    package var exitCode: Int32?
    /// The signal's name, such as `SIGSEGV`, when a signal ended the process.
    package var signal: String?
    /// One sentence for people; nil when the class says it all.
    package var message: String?
    /// When the bot takes work again, by its own word.
    package var retryAt: WallTime?
    package var output: CapturedOutput
    package var errorOutput: CapturedOutput

    package init(
        _ outcomeClass: OutcomeClass, exitCode: Int32? = nil, signal: String? = nil, message: String? = nil,
        retryAt: WallTime? = nil, output: CapturedOutput = CapturedOutput(),
        errorOutput: CapturedOutput = CapturedOutput()
    ) {
        self.outcomeClass = outcomeClass
        self.exitCode = exitCode
        self.signal = signal
        self.message = message
        self.retryAt = retryAt
        self.output = output
        self.errorOutput = errorOutput
    }
}

/// What is kept of one output stream: all of it up to a limit, beyond that its head and its tail.
package struct CapturedOutput: Hashable, Sendable {
    /// The kept bytes from the start of the stream.
    package var head: [UInt8]
    /// The kept bytes from the end of the stream; empty unless something was left out.
    package var tail: [UInt8]
    /// How many bytes the stream had in all.
    package var byteCount: Int

    package init(head: [UInt8] = [], tail: [UInt8] = [], byteCount: Int? = nil) {
        self.head = head
        self.tail = tail
        self.byteCount = byteCount ?? head.count + tail.count
    }

    /// True when bytes between head and tail were left out.
    package var isTruncated: Bool { byteCount > head.count + tail.count }

    /// What is kept from an offset on, at most so many bytes. It begins later when what was there is left
    /// out, and is empty when there is nothing more.
    package func part(from offset: Int, limit: Int) -> OutputPart {
        OutputPart(from: offset, limit: limit, head: head, tail: tail, byteCount: byteCount)
    }

    /// The kept bytes as text; a gap is marked with its size, invalid UTF-8 becomes U+FFFD.
    package var text: String {
        guard isTruncated else { return String(decoding: head + tail, as: UTF8.self) }
        let gap = byteCount - head.count - tail.count
        let mark = "[… \(gap) \(gap == 1 ? "byte" : "bytes") left out …]"
        return "\(String(decoding: head, as: UTF8.self))\n\(mark)\n\(String(decoding: tail, as: UTF8.self))"
    }
}

/// Some bytes of an output, and how many bytes of the stream were before them.
package struct OutputPart: Hashable, Sendable {
    package let offset: Int
    package let bytes: [UInt8]

    package init(offset: Int, bytes: [UInt8]) {
        self.offset = offset
        self.bytes = bytes
    }

    /// Of what is kept of a stream, at most so many bytes from an offset on; see
    /// `CapturedOutput.part(from:limit:)`.
    ///
    /// - Parameters:
    ///   - tail: the newest bytes of the stream, or those behind the head when nothing is left out.
    ///   - oldest: where the first of them is, when they are kept in a ring.
    package init(
        from offset: Int, limit: Int, head: [UInt8], tail: [UInt8], oldest: Int = 0, byteCount: Int
    ) {
        let tailStart = byteCount - tail.count
        if offset < head.count {
            self.init(offset: offset, bytes: Array(head[offset...].prefix(limit)))
        } else if max(offset, tailStart) >= byteCount {
            self.init(offset: offset, bytes: [])
        } else {
            let start = max(offset, tailStart)
            let count = min(limit, byteCount - start)
            let place = (oldest + start - tailStart) % tail.count
            let bytes = tail[place...].prefix(count)
            self.init(offset: start, bytes: Array(bytes) + tail[..<(count - bytes.count)])
        }
    }
}

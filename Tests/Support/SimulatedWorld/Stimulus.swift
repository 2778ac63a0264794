package import TaskEngine
package import Tasks

/// One thing that comes from outside, complete in itself.
package struct Stimulus: Sendable {
    /// Its place in the history as it was made; stays when others are taken away.
    package let number: Int
    /// Nanoseconds since the start.
    package let at: Int64
    package var deed: Deed

    package enum Deed: Sendable {
        /// So many clients hand in a task each, in one turn.
        case submit(bot: Int, count: Int, Wishes)
        /// A client cancels the task that another stimulus handed in.
        case cancel(TaskID)
        case move(bot: Int, CircuitCommand)
        case health(bot: Int, Health)
        case store(StoreMood)
        /// Somebody wants tasks that have ended to run again, each so many milliseconds after the one before.
        case replay(bot: Int, ReplayOrder.Selection, attempts: Int, milliseconds: Int)
        /// The wall clock is set; the monotonic one is not.
        case stepWallClock(milliseconds: Int64)
        case kill(Kill)
        /// SIGTERM, and after that long what still runs is stopped.
        case drain(milliseconds: Int)
        /// The second SIGTERM.
        case stop
    }

    /// The task with the given place in a flood, as it is called while nothing has happened yet.
    static func task(_ number: Int, _ place: Int) -> TaskID {
        TaskID(high: 0, low: UInt64(number) << 16 | UInt64(place))
    }
}

/// What a client asks for with its task.
package struct Wishes: Hashable, Sendable {
    package var level = 5
    package var attempts = 1
    /// Not before that many milliseconds from now.
    package var runAfter: Int?
    /// Not after that many milliseconds from now.
    package var expiresAfter: Int?
    /// The number of its idempotency key, and which body comes with it.
    package var key: Int?
    package var body: UInt64 = 0

    package init() {}
}

/// A kill -9.
package struct Kill: Sendable {
    /// How many more things the service does, such as a commit handed over or an answer sent; 0: none.
    package var afterDeeds: Int
    /// Whether a commit that was under way is found on disk afterwards.
    package var commitSurvives: Bool
    /// How long until the service is started again.
    package var downMilliseconds: Int
}

/// How a bot does at present. It decides about an attempt when that starts.
package enum Health: String, CaseIterable, Sendable {
    case healthy, slow, failing, crashing, mixed
    /// Until its timeout.
    case hanging
    /// Cannot even be stopped: ends long after a probe's lease.
    case stubborn
    /// Its program is missing.
    case unstartable
    /// We lack what is needed to start it.
    case starved
    /// Says for how long it takes no more work, and says only that it does not.
    case throttled, vaguelyThrottled
    case unauthorized
    /// Says that it was the caller's mistake, or that its failure means nothing, and now and then does it.
    case refusing
}

/// How the disk does at present.
package enum StoreMood: String, CaseIterable, Sendable {
    case quick, slow
    /// One commit of four fails, or the file is refused after a good one.
    case flaky
    case failing
    /// Fails, and cannot even make sure that what failed is not found after a crash.
    case failingUncertainly
}

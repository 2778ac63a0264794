package import Tasks

/// What keeps tasks, circuits and transitions, so that a service that was killed goes on where it stopped.
///
/// Everything is called, and answers, on the loop's thread. Writes are answered in their order through the
/// `onAnswer` that the store was opened with; a write that was answered as committed is on disk. After a
/// failure the store refuses all writes until `recover()` has brought it back: what failed is never tried
/// again silently.
package protocol TaskStore: AnyObject {
    /// Hands over the writes of one turn of the loop, as one unit: all of them or none will be on disk.
    ///
    /// - Parameter ticket: a number that rises from call to call; answers name it.
    func commit(_ writes: [StoreWrite], ticket: UInt64)

    /// Makes a store that failed usable again; the answer is `.recovered` or `.stillFailing`. Only to be
    /// called when no ticket waits for its answer.
    func recover()

    /// Finds a task, with its output.
    func task(_ id: TaskID, completion: @escaping (Result<TaskRecord?, StoreFault>) -> Void)

    /// A page of a bot's tasks, newest first, each with the size of its output but none of the bytes.
    ///
    /// - Parameters:
    ///   - status: only tasks with this status, or all when nil.
    ///   - before: only tasks with a lower id, as the last one of the page before, or nil for the first page.
    ///   - now: tells `queued` from `scheduled`; records are `queued` in any case.
    ///   - limit: the longest page, at least 1; more than `longestPage` counts as that.
    func tasks(
        of bot: BotID, status: TaskStatus?, before: TaskID?, limit: Int, at now: WallTime,
        completion: @escaping (Result<[TaskRecord], StoreFault>) -> Void)

    /// The transitions with a higher sequence number, in order. It reads on the spot: only to be used at
    /// start.
    func transitions(after sequence: UInt64) throws(StoreFault) -> [ServiceEvent]

    /// Takes events that were told, in order, for `events` to find later. They cause no commit while others
    /// come, but go along with the next one; at the latest after about a second they are written by
    /// themselves. Transitions, which are on disk already, are only counted in `eventsKeptThrough`.
    func keep(_ events: [ServiceEvent])

    /// Every event that was taken up to this number is on disk.
    var eventsKeptThrough: UInt64 { get }

    /// The kept events, transitions among them, with numbers between two others, in order; those that are
    /// taken but not on disk yet are not among them.
    ///
    /// - Parameter limit: the most that is answered, at least 1; more than `longestPage` counts as that.
    func events(
        after: UInt64, before: UInt64, limit: Int,
        completion: @escaping (Result<[ServiceEvent], StoreFault>) -> Void)

    /// Transactions that were answered as committed.
    var transactions: Int { get }

    /// How the commits went that were answered.
    var figures: StoreFigures { get }

    /// Writes what waits and lets go of everything. Nothing is answered any more. Idempotent.
    func close()
}

/// The most tasks on one page, so that a page has a limit whatever a client asks for.
package let longestPage = 1000

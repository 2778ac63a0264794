import Tasks

/// The writer's side of the events that are kept: those that wait for a commit to go along with, and how many
/// are let be.
struct KeptEvents {
    /// Told, and not on disk yet.
    private(set) var unsaved: [ServiceEvent] = []
    /// So many numbers back events are kept; nil is all of them.
    private let limit: UInt64?
    /// The lowest number that may be among them.
    private var oldest: UInt64

    /// The most events that wait for a disk that does not come back. The engine gives out no numbers that it
    /// could not reserve on disk, which is far fewer; what is beyond it is dropped, the oldest first.
    static let longestWait = 16_384
    /// The most that is removed along with a commit, beyond as many as it brings.
    static let removedAtOnce = 1000

    init(_ connection: SQLiteConnection, keeping limit: Int?) throws(StoreFault) {
        self.limit = limit.map { UInt64($0) }
        oldest = UInt64(max(0, try connection.number("SELECT min(sequence) FROM events") ?? 0))
    }

    mutating func take(_ events: [ServiceEvent]) {
        unsaved += events
        if unsaved.count > Self.longestWait { unsaved.removeFirst(unsaved.count - Self.longestWait) }
    }

    /// What is to be removed along with those that wait: numbers up to the first, and below the second.
    var removal: (through: UInt64, below: UInt64)? {
        guard let limit, let last = unsaved.last?.sequence, last >= oldest + limit else { return nil }
        return (last - limit, oldest + UInt64(max(Self.removedAtOnce, 2 * unsaved.count)))
    }

    /// Those that waited are on disk.
    ///
    /// - Returns: the highest number among them.
    mutating func saved(oldest: UInt64?) -> UInt64? {
        if let oldest { self.oldest = oldest }
        defer { unsaved.removeAll(keepingCapacity: unsaved.count <= 1024) }
        return unsaved.last?.sequence
    }
}

/// The statements that keep events, prepared once.
struct EventStatements {
    private let insert: SQLiteStatement
    private let remove: SQLiteStatement
    private let oldest: SQLiteStatement

    static let removal = "DELETE FROM events WHERE sequence <= ? AND sequence < ?"

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        let marks = (1...KeptEventRow.columnCount).map { "?\($0)" }.joined(separator: ", ")
        // No number is given twice. Should a commit that was refused turn up after all, what it brought is
        // the same.
        insert = try connection.prepare(
            """
            INSERT OR REPLACE INTO events (\(KeptEventRow.columns), checksum)
            VALUES (\(marks), row_checksum(\(marks)))
            """)
        remove = try connection.prepare(Self.removal)
        oldest = try connection.prepare("SELECT min(sequence) FROM events")
    }

    /// Writes those that wait, and removes what is too old for them, inside a transaction that the caller has
    /// begun. That costs as much as there is new, and no commit of its own.
    ///
    /// - Returns: the lowest number that is left, when something was removed.
    func write(_ events: KeptEvents) throws(StoreFault) -> UInt64? {
        for event in events.unsaved {
            defer { insert.reset() }
            KeptEventRow.bind(event, to: insert)
            try insert.run()
        }
        guard let removal = events.removal else { return nil }
        defer { remove.reset() }
        remove.bind(removal.through)
        remove.bind(removal.below)
        try remove.run()
        defer { oldest.reset() }
        return try oldest.step() ? oldest.unsigned(0) : nil
    }
}

extension StoreWriter {
    /// Takes the events out of what is to be done, so that all batches around them stay one.
    ///
    /// - Returns: the other jobs, and whether there were events but nothing for them to go along with.
    mutating func takeEvents(from jobs: [WriterJob]) -> (others: [WriterJob], cameAlone: Bool) {
        guard jobs.contains(where: { if case .keep = $0 { true } else { false } }) else {
            return (jobs, false)
        }
        var others: [WriterJob] = []
        var hasBatch = false
        for job in jobs {
            switch job {
            case .keep(let told): events.take(told)
            case .batch:
                hasBatch = true
                others.append(job)
            case .recover, .wake: others.append(job)
            }
        }
        return (others, !hasBatch)
    }

    /// Puts events on disk by themselves, when no batch came for them to go along with.
    mutating func saveEvents() {
        guard refusal == nil, let session, !events.unsaved.isEmpty else { return }
        do throws(StoreFault) {
            let waiting = events
            let oldest = try session.transaction { () throws(StoreFault) in
                try session.keptEvents.write(waiting)
            }
            eventsSaved(oldest: oldest)
            try checkpointIfDue(session.connection)
        } catch {
            refuse(error)
        }
    }

    mutating func eventsSaved(oldest: UInt64?) {
        if let last = events.saved(oldest: oldest) { notes.savedEventsThrough = last }
    }
}

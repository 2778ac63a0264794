import Synchronization
package import Tasks
package import UV

/// The event log: one line of JSON for each event, in a file that only grows until it is put aside.
///
/// It belongs to the loop but never makes it wait: events go to a thread of the log's own, which formats and
/// writes everything waiting with one call. While the disk does not take them they wait in memory, within
/// limits.
package final class EventLog {
    /// The number of the last line found when the log was opened. What the store knows of later transitions
    /// is missing in the file and is to be appended first.
    package let lastSequence: UInt64?
    /// So many bytes of a line that a crash had cut short were taken away when the log was opened.
    package let cutBytes: Int

    private let limits: EventLogLimits
    private let gauge: EventLogGauge
    private let writer: EventLogWriter
    private let thread: BatchThread<EventLogWriter.Job>
    private let mailbox: Mailbox<String?>
    private var problem: String?
    private var isClosed = false

    /// Opens the log, makes its folders when they are missing, and closes a line that was cut short.
    ///
    /// - Parameters:
    ///   - path: the file; those put aside have numbers behind its name.
    ///   - loop: the loop on which everything of this type is called.
    ///   - onHealthChange: called on the loop when something goes wrong, goes wrong differently, or
    ///     is well again.
    package static func open(
        _ path: String, onLoop loop: Loop, limits: EventLogLimits = EventLogLimits(),
        onHealthChange: @escaping (EventLogHealth) -> Void
    ) throws(EventLogFault) -> EventLog {
        let gauge = EventLogGauge()
        let file = try EventFile(path: path, limits: limits, gauge: gauge)
        return try EventLog(file: file, path: path, loop, limits, gauge, onHealthChange)
    }

    private init(
        file: consuming EventFile, path: String, _ loop: Loop, _ limits: EventLogLimits,
        _ gauge: EventLogGauge,
        _ onHealthChange: @escaping (EventLogHealth) -> Void
    ) throws(EventLogFault) {
        self.limits = limits
        self.gauge = gauge
        lastSequence = file.lastSequence
        cutBytes = file.cutBytes
        // The mailbox is made before there is a log to hand its messages to.
        let door = Door()
        let mailbox = try blaming(path) { () throws(UVFault) in
            try Mailbox<String?>(on: loop) { problems in
                if let problem = problems.last { door.log?.noteProblem(problem, onHealthChange) }
            }
        }
        let writer = EventLogWriter(file: file, gauge: gauge, retryInterval: limits.retryInterval) {
            mailbox.send($0)
        }
        self.mailbox = mailbox
        self.writer = writer
        do throws(UVFault) {
            thread = try BatchThread(name: "event-log") { writer.run($0) }
        } catch {
            mailbox.close()
            throw EventLogFault(path: path, reason: .system(error))
        }
        door.log = self
    }

    private final class Door {
        weak var log: EventLog?
    }

    /// How the log is doing. The counts are those of this moment, the problem is the last one heard of.
    package var health: EventLogHealth { gauge.health(problem: problem) }

    /// Sends events, in the order of their numbers, on their way to the file.
    package func append(_ events: [ServiceEvent]) {
        precondition(!isClosed, "events sent to an event log that is closed")
        let size = events.reduce(0) { $0 + EventLine.sizeBound(of: $1) }
        let room = limits.waitingBytes - gauge.waitingBytes.load(ordering: .relaxed)
        let kept = size <= room ? events : fitting(events, into: room)
        guard !kept.isEmpty else { return }
        gauge.waitingBytes.increase(
            by: kept.count == events.count ? size : kept.reduce(0) { $0 + EventLine.sizeBound(of: $1) })
        thread.submit(.write(kept))
    }

    /// Goes on in the file that now has the log's name, after something else put the present one aside.
    package func reopen() {
        precondition(!isClosed, "an event log opened again after it was closed")
        thread.submit(.reopen)
    }

    /// Writes everything that waits, and waits for that.
    ///
    /// - Returns: how many lines the disk would not take even now; the transitions among them are in the
    ///   store.
    @discardableResult
    package func close() -> Int {
        guard !isClosed else { return 0 }
        isClosed = true
        thread.finish()
        mailbox.close()
        return writer.finish()
    }

    /// Transitions always, other events while there is room.
    private func fitting(_ events: [ServiceEvent], into room: Int) -> [ServiceEvent] {
        var room = room
        let kept = events.filter { event in
            let size = EventLine.sizeBound(of: event)
            guard event.kind.isTransition || size <= room else { return false }
            room -= size
            return true
        }
        gauge.droppedLines.increase(by: events.count - kept.count)
        return kept
    }

    private func noteProblem(_ problem: String?, _ onHealthChange: (EventLogHealth) -> Void) {
        guard !isClosed else { return }
        self.problem = problem
        onHealthChange(health)
    }
}

@available(*, unavailable)
extension EventLog: Sendable {}

extension ServiceEvent.Kind {
    fileprivate var isTransition: Bool {
        if case .stateTransition = self { true } else { false }
    }
}

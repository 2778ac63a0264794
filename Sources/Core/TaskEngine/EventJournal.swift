import DequeModule
import Tasks

/// Numbers the events and lets each out only when what it tells is on disk, in the order of the numbers.
///
/// Numbers are reserved on disk ahead of their use, so that a number written to a log without a sync is not
/// given again after a crash.
struct EventJournal: Sendable {
    /// How many numbers are reserved at a time.
    static let reservation: UInt64 = 1024
    /// The ticket of something that is not on its way to the disk.
    static let never = UInt64.max

    private struct Entry: Sendable {
        let event: ServiceEvent
        /// The write that must be on disk before the event is told.
        var ticket: UInt64
    }

    private var waiting: Deque<Entry> = []
    private(set) var lastNumber: UInt64
    /// Numbers up to this one are reserved once `reservationTicket` is on disk …
    private var reservedThrough: UInt64
    private var reservationTicket: UInt64 = 0
    /// … and up to this one already.
    private var durablyReservedThrough: UInt64

    /// - Parameter lastNumber: the highest number that may have been given in an earlier run.
    init(after lastNumber: UInt64) {
        self.lastNumber = lastNumber
        reservedThrough = lastNumber
        durablyReservedThrough = lastNumber
    }

    /// The next number is not far from the last reserved one.
    var needsReservation: Bool { lastNumber + Self.reservation / 2 > reservedThrough }
    var reservationEnd: UInt64 { lastNumber + Self.reservation }
    var isEmpty: Bool { waiting.isEmpty }

    mutating func noteReservation(through number: UInt64, ticket: UInt64) {
        (reservedThrough, reservationTicket) = (number, ticket)
    }

    mutating func takeNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// Keeps an event until the write of `ticket` (0: none) and the reservation of its number are on disk.
    mutating func append(_ event: ServiceEvent, ticket: UInt64) {
        let needed = event.sequence <= reservedThrough ? max(ticket, reservationTicket) : Self.never
        waiting.append(Entry(event: event, ticket: needed))
    }

    /// Everything up to `ticket` is on disk.
    mutating func confirm(through ticket: UInt64) {
        if ticket >= reservationTicket { durablyReservedThrough = reservedThrough }
    }

    /// The next event that may be told, now that everything up to `ticket` is on disk.
    mutating func release(through ticket: UInt64) -> ServiceEvent? {
        guard let first = waiting.first, first.ticket <= ticket else { return nil }
        waiting.removeFirst()
        return first.event
    }

    /// What was on its way to the disk did not arrive, and the reservation may not have.
    mutating func holdEverything() {
        for index in waiting.indices { waiting[index].ticket = Self.never }
        (reservedThrough, reservationTicket) = (durablyReservedThrough, 0)
    }

    /// Everything that waits was written anew with `ticket`.
    mutating func resubmit(ticket: UInt64) {
        for index in waiting.indices { waiting[index].ticket = ticket }
    }

    /// The waiting events that have a row of their own on disk.
    var waitingTransitions: [ServiceEvent] {
        waiting.map(\.event).filter { event in
            if case .stateTransition = event.kind { true } else { false }
        }
    }
}

import Tasks

extension Engine {
    /// Numbers an event that rests on nothing but its number.
    mutating func publish(
        _ kind: ServiceEvent.Kind, bot: BotID?, circuit: CircuitName? = nil, at time: WallTime,
        into effects: inout [Effect]
    ) {
        let event = ServiceEvent(
            sequence: nextNumber(into: &effects), time: time, bot: bot, circuit: circuit, kind: kind)
        journal.append(event, ticket: 0)
    }

    /// The number of the next event, with more of them reserved when they run short.
    mutating func nextNumber(into effects: inout [Effect]) -> UInt64 {
        if journal.needsReservation { reserveNumbers(into: &effects) }
        return journal.takeNumber()
    }

    mutating func publishDueEvents(into effects: inout [Effect]) {
        while let event = journal.release(through: committedThrough) { effects.append(.publish(event)) }
    }

    mutating func reserveNumbers(into effects: inout [Effect]) {
        guard storageFault == nil else { return }
        let end = journal.reservationEnd
        journal.noteReservation(through: end, ticket: write(.reserveSequence(through: end), into: &effects))
    }
}

import HTTPWire
import JSON
import Tasks
import Telemetry

/// Events on their way to followers who all stand at the same place, as the text of their stream.
struct EventPage {
    private(set) var bytes: [UInt8] = []
    /// Everything up to this number is told, or does not concern the follower.
    private(set) var position: UInt64
    /// The last id in the text; nil while there is none.
    private(set) var lastID: UInt64?
    private let filter: EventFilter?

    init(after position: UInt64, _ filter: EventFilter?) {
        self.position = position
        self.filter = filter
    }

    mutating func add(_ events: some Sequence<ServiceEvent>) {
        for event in events { add(event) }
    }

    /// Numbers that nobody can tell anything of are told as a gap: events that a crash took away or that are
    /// not kept any more, and numbers that were reserved and never given.
    mutating func close(through last: UInt64) {
        guard position < last else { return }
        addGap(from: position + 1, through: last)
    }

    private mutating func add(_ event: ServiceEvent) {
        if event.sequence > position + 1 { addGap(from: position + 1, through: event.sequence - 1) }
        position = event.sequence
        guard filter?.lets(event) ?? true else { return }
        var data: [UInt8] = []
        JSONWriter.append(to: &data) { EventLine.write(event, to: &$0) }
        append(id: event.sequence, name: event.kind.name, data)
    }

    private mutating func addGap(from first: UInt64, through last: UInt64) {
        position = last
        append(id: last, name: EventGap.name, EventGap(from: first, through: last).data)
    }

    private mutating func append(id: UInt64, name: String, _ data: [UInt8]) {
        lastID = id
        ServerSentEvent(id: String(id), name: name, data: data).append(to: &bytes)
    }
}

/// Numbers of which nothing can be told.
struct EventGap {
    let from: UInt64
    let through: UInt64

    init(from: UInt64, through: UInt64) {
        self.from = from
        self.through = through
    }

    static let name = "gap"

    var data: [UInt8] {
        var writer = JSONWriter(reserving: 64)
        writer.object { writer in
            writer.member("event", Self.name)
            writer.member("from", from)
            writer.member("to", through)
        }
        return writer.finish()
    }
}

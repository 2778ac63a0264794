import CircuitBreaking
package import JSON
package import Tasks

/// One line of the event log: an event as a JSON object whose fields stand in a fixed order.
package enum EventLine {
    /// What every refusal of work by a circuit says.
    package static let blockedMessage = "Circuit breaker open, rejecting request"

    /// Appends the line, with its newline.
    package static func format(_ event: ServiceEvent, into buffer: inout [UInt8]) {
        JSONWriter.append(to: &buffer) { write(event, to: &$0) }
        buffer.append(UInt8(ascii: "\n"))
    }

    /// Writes the event as one object.
    package static func write(_ event: ServiceEvent, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("timestamp", event.time.rfc3339Seconds)
            writer.member("bot_id", event.bot?.text)
            writer.member("event", event.kind.name)
            writeDetails(of: event.kind, to: &writer)
            if let circuit = event.circuit { writer.member("circuit", circuit.text) }
            writer.member("seq", event.sequence)
            writer.member("at_ms", event.time.milliseconds)
        }
    }

    /// More bytes than the event's line can have, without formatting it.
    package static func sizeBound(of event: ServiceEvent) -> Int {
        guard case .stateTransition(_, _, _, let note, let actor) = event.kind else { return 640 }
        // An escaped byte takes up to six: \u001f.
        return 640 + 6 * ((note?.utf8.count ?? 0) + (actor?.utf8.count ?? 0))
    }

    private static func writeDetails(of kind: ServiceEvent.Kind, to writer: inout JSONWriter) {
        switch kind {
        case .serviceStarted, .serviceStopping, .botStarted, .botStopped: break
        case .stateTransition(let from, let to, let reason, let note, let actor):
            writer.member("from", from.rawValue)
            writer.member("to", to.rawValue)
            writer.member("reason", reason.rawValue)
            if let note { writer.member("note", note) }
            if let actor { writer.member("actor", actor) }
        case .taskBlocked(let state, let count):
            writer.member("state", state.rawValue)
            writer.member("message", blockedMessage)
            if count != 1 { writer.member("count", count) }
        case .taskAccepted(let task), .taskCancelled(let task):
            writer.member("task_id", task.description)
        case .taskStarted(let task, let attempt):
            writer.member("task_id", task.description)
            writer.member("attempt", attempt)
        case .taskFinished(let task, let status, let outcomeClass):
            writer.member("task_id", task.description)
            writer.member("status", status.rawValue)
            writer.member("class", outcomeClass.rawValue)
        case .taskRetryScheduled(let task, let attempt, let outcomeClass, let notBefore):
            writer.member("task_id", task.description)
            writer.member("attempt", attempt)
            writer.member("class", outcomeClass.rawValue)
            writer.member("not_before", notBefore.rfc3339Milliseconds)
        case .taskReplayed(let task, let notBefore):
            writer.member("task_id", task.description)
            if let notBefore { writer.member("not_before", notBefore.rfc3339Milliseconds) }
        }
    }
}

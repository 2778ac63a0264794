import JSON
import TaskEngine

extension CircuitCommand {
    /// Reads the optional body `{"for": "10m", "reason": text}`.
    static func read(_ verb: Verb, _ body: [UInt8]) -> Result<CircuitCommand, Problem> {
        guard !body.isEmpty else { return .success(CircuitCommand(verb)) }
        return TaskSubmission.read(body).flatMap { fields in
            let known = verb.takesDuration ? ["for", "reason"] : ["reason"]
            if let unknown = fields.names.first(where: { !known.contains($0) }) {
                return .failure(.invalid(unknown, "There is no field \(unknown) here."))
            }
            var (duration, note): (Duration?, String?) = (nil, nil)
            if let value = fields["reason"] {
                note = value.stringValue
                if note == nil { return .failure(.invalid("reason", "reason must be a string.")) }
            }
            if let value = fields["for"] {
                duration = value.stringValue.flatMap(DurationText.parse)
                if duration == nil {
                    return .failure(.invalid("for", "for must be a duration such as \"10m\"."))
                }
            }
            return .success(CircuitCommand(verb, for: duration, note: note))
        }
    }
}

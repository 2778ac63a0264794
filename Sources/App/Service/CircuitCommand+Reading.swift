import JSON
import TaskEngine

extension CircuitCommand {
    /// The longest reason, in bytes of UTF-8.
    static let longestReason = 4096
    /// The longest name of an actor, in bytes of UTF-8.
    static let longestActor = 256

    /// Reads the optional body `{"for": "10m", "reason": text, "actor": text}`.
    static func read(_ verb: Verb, _ body: [UInt8]) -> Result<CircuitCommand, Problem> {
        guard !body.isEmpty else { return .success(CircuitCommand(verb)) }
        return TaskSubmission.read(body).flatMap { fields in
            let known = verb.takesDuration ? ["for", "reason", "actor"] : ["reason", "actor"]
            if let unknown = fields.names.first(where: { !known.contains($0) }) {
                return .failure(.invalid(unknown, "There is no field \(unknown) here."))
            }
            return text("reason", in: fields, upTo: longestReason).flatMap { note in
                text("actor", in: fields, upTo: longestActor).flatMap { actor in
                    duration(in: fields).map { CircuitCommand(verb, for: $0, note: note, actor: actor) }
                }
            }
        }
    }

    private static func text(
        _ name: String, in fields: JSONObject, upTo limit: Int
    ) -> Result<String?, Problem> {
        guard let value = fields[name] else { return .success(nil) }
        guard let text = value.stringValue else {
            return .failure(.invalid(name, "\(name) must be a string."))
        }
        guard text.utf8.count <= limit else {
            return .failure(.invalid(name, "\(name) is over \(limit) bytes."))
        }
        return .success(text)
    }

    private static func duration(in fields: JSONObject) -> Result<Duration?, Problem> {
        guard let value = fields["for"] else { return .success(nil) }
        guard let duration = value.stringValue.flatMap(DurationText.parse) else {
            return .failure(.invalid("for", "for must be a duration such as \"10m\"."))
        }
        return .success(duration)
    }
}

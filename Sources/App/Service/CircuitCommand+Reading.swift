import JSON
import TaskEngine

extension CircuitCommand {
    /// Reads the optional body `{"for": "10m", "reason": text}`; only opening has a time.
    static func read(_ verb: String, _ body: [UInt8]) -> Result<CircuitCommand, Problem> {
        let object: JSONObject?
        if body.isEmpty {
            object = nil
        } else {
            switch TaskSubmission.read(body) {
            case .success(let read): object = read
            case .failure(let problem): return .failure(problem)
            }
        }
        let known = verb == "open" ? ["for", "reason"] : ["reason"]
        if let unknown = object?.names.first(where: { !known.contains($0) }) {
            return .failure(.invalid(unknown, "There is no field \(unknown) here."))
        }
        if let reason = object?["reason"], reason.stringValue == nil {
            return .failure(.invalid("reason", "reason must be a string."))
        }
        let note = object?["reason"]?.stringValue
        switch verb {
        case "open":
            guard let value = object?["for"] else { return .success(.open(for: nil, note: note)) }
            guard let time = value.stringValue.flatMap(DurationText.parse) else {
                return .failure(.invalid("for", "for must be a duration such as \"10m\"."))
            }
            return .success(.open(for: time, note: note))
        case "close": return .success(.close(note: note))
        default: return .success(.reset(note: note))
        }
    }
}

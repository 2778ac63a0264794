import Tasks

/// What a store was told and what it answered, each beside the number of calls that its disk had got: so it
/// can be said what may and what must be there after a power cut at any of them.
struct StoreChronicle {
    private enum Entry {
        case submitted(StoreModel)
        case committed
        /// `mayTurnUp` when the answer said that it might.
        case failed(mayTurnUp: Bool)
        case recovered
    }

    private var entries: [(position: Int, Entry)] = []
    /// What is known to be there now.
    private(set) var confirmed = StoreModel()

    /// Something was handed over that would lead to this.
    mutating func submit(_ model: StoreModel, at position: Int) {
        entries.append((position, .submitted(model)))
    }

    mutating func take(_ answer: StoreAnswer, at position: Int) {
        switch answer {
        case .committed:
            entries.append((position, .committed))
            confirmed = allowed(at: position)[0]
        case .failed(_, let fault):
            entries.append((position, .failed(mayTurnUp: fault.message.contains("may still turn up"))))
        case .recovered: entries.append((position, .recovered))
        case .stillFailing: break
        }
    }

    /// What was confirmed, commit by commit, the last one last.
    var history: [StoreModel] {
        var models = [StoreModel()]
        var open: StoreModel?
        for (_, entry) in entries {
            if case .submitted(let model) = entry { open = model }
            if case .committed = entry, let open { models.append(open) }
        }
        return models
    }

    /// What may be found after a power cut, what is confirmed first: what was handed over but not answered
    /// may be there or not.
    func allowed(at position: Int) -> [StoreModel] {
        var confirmed = StoreModel()
        var open: StoreModel?
        var doubtful: StoreModel?
        for (place, entry) in entries where place <= position {
            switch entry {
            case .submitted(let model): open = model
            case .committed: (confirmed, open) = (open ?? confirmed, nil)
            case .failed(let mayTurnUp):
                // What is refused afterwards, with the same words, is not written at all.
                if mayTurnUp { doubtful = doubtful ?? open }
                open = nil
            case .recovered: doubtful = nil
            }
        }
        return [confirmed] + [open, doubtful].compactMap { $0 }
    }
}

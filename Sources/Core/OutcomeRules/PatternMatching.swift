/// One of the patterns of a `RuleBook`, by its place in `RuleBook.patterns`.
package struct PatternID: Hashable, Sendable {
    package let index: Int

    package init(index: Int) {
        self.index = index
    }
}

/// Looks for patterns, for one end of an attempt: what its searches may cost together is limited.
package protocol PatternMatching {
    /// - Parameter isCut: the bytes do not begin where the text did.
    mutating func search(for pattern: PatternID, in bytes: ArraySlice<UInt8>, isCut: Bool) -> PatternResult
}

package enum PatternResult: Hashable, Sendable {
    case notFound
    /// - Parameter captured: what the first capture group that took part stands for, as indices of the slice.
    case found(captured: Range<Int>?)
    /// It was given up, and counts as not found.
    case givenUp(PatternLimit)
}

/// Why a search was given up.
package enum PatternLimit: Hashable, Sendable {
    /// It took more steps than one search may.
    case steps
    /// It took more memory, or went back to more places, than one search may.
    case memory
    /// The searches for this end had taken all the steps that they may take together.
    case stepsOfAll
    /// The engine could not go on, for a reason of its own.
    case engine(code: Int32)

    package var sentence: String {
        switch self {
        case .steps: "took more than \(RuleLimits.stepsPerSearch) steps"
        case .memory:
            "needed more than \(RuleLimits.searchKiB) KiB, or went more than \(RuleLimits.searchDepth) deep"
        case .stepsOfAll:
            "was left no step of the \(RuleLimits.stepsPerEnd) that all searches for one end may take"
        case .engine(let code): "failed with the code \(code) of the engine"
        }
    }
}

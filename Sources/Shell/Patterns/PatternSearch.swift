import CPCRE2
package import OutcomeRules

/// The patterns of a rule book, ready to be looked for.
package final class PatternSet {
    fileprivate let patterns: [Pattern]

    /// - Parameter texts: as `RuleBook.patterns` has them.
    package init(_ texts: [String]) throws(PatternFault) {
        var patterns: [Pattern] = []
        for text in texts { patterns.append(try Pattern(text)) }
        self.patterns = patterns
    }

    /// How many capture groups a pattern has; or what is wrong with it.
    package static func groups(in text: String) throws(PatternFault) -> Int { try Pattern(text).groupCount }

    /// For one end of an attempt: its searches share what steps there are.
    package func searches() -> PatternSearches { PatternSearches(self) }
}

@available(*, unavailable)
extension PatternSet: Sendable {}

/// The searches for one end of an attempt.
package struct PatternSearches: PatternMatching {
    private let set: PatternSet
    /// Steps that all searches so far have taken.
    package private(set) var steps = 0

    fileprivate init(_ set: PatternSet) {
        self.set = set
    }

    package mutating func search(
        for pattern: PatternID, in bytes: ArraySlice<UInt8>, isCut: Bool
    ) -> PatternResult {
        let left = RuleLimits.stepsPerEnd - steps
        // To see whether the bytes are UTF-8 takes about a step for each, before the search begins.
        let first = bytes.count
        guard left > first else {
            steps = RuleLimits.stepsPerEnd
            return .givenUp(.stepsOfAll)
        }
        let pattern = set.patterns[pattern.index]
        var effort = Effort(limit: min(left, RuleLimits.stepsPerSearch), taken: first, for: pattern)
        let result = Search.run(pattern, in: bytes, isCut: isCut, &effort)
        steps += effort.taken
        // Memory that is new costs the system a microsecond for each page.
        if result == .givenUp(.memory) { steps += RuleLimits.searchKiB * 1000 }
        if result == .givenUp(.steps), left <= RuleLimits.stepsPerSearch { return .givenUp(.stepsOfAll) }
        return result
    }
}

/// What a search has done so far, in steps: one for each byte that it went over and 16 for each item of the
/// pattern that it tried, more if `PatternShape` says so. Measured, a step is a nanosecond, or less.
private struct Effort {
    private let limit: Int
    private(set) var taken: Int
    private let stepsPerItem: Int
    private let stepsPerByte: Int
    private var position = 0

    init(limit: Int, taken: Int, for pattern: Pattern) {
        self.limit = limit
        self.taken = taken
        stepsPerItem = pattern.stepsPerItem
        stepsPerByte = pattern.stepsPerByte
    }

    /// - Returns: false when it is too much.
    mutating func isAtItem(at place: Int) -> Bool {
        taken += stepsPerItem + stepsPerByte * abs(place - position)
        position = place
        return taken <= limit
    }
}

/// One call of the engine.
private enum Search {
    static func run(
        _ pattern: Pattern, in bytes: ArraySlice<UInt8>, isCut: Bool, _ effort: inout Effort
    ) -> PatternResult {
        guard let context = unsafe pcre2_match_context_create_8(nil),
            let data = unsafe pcre2_match_data_create_from_pattern_8(pattern.code, nil)
        else { preconditionFailure("no memory for a search") }
        defer {
            unsafe pcre2_match_data_free_8(data)
            unsafe pcre2_match_context_free_8(context)
        }
        unsafe pcre2_set_match_limit_8(context, UInt32(RuleLimits.stepsPerSearch))
        unsafe pcre2_set_depth_limit_8(context, UInt32(RuleLimits.searchDepth))
        unsafe pcre2_set_heap_limit_8(context, UInt32(RuleLimits.searchKiB))
        // What is cut does not begin with a line, so `^` does not match there.
        let options = isCut ? PCRE2_NOTBOL : 0
        // Safe: the callouts come during the call of the match only, through which the effort stays where it
        // is; the bytes are as many as the call is told, and live through it, too.
        let code = unsafe withUnsafeMutablePointer(to: &effort) { effort in
            unsafe pcre2_set_callout_8(context, countItem, effort)
            return unsafe withBytes(bytes) { buffer in
                unsafe pcre2_match_8(
                    pattern.code, buffer.baseAddress, bytes.count, 0, options, data, context)
            }
        }
        return unsafe result(code, data, bytes)
    }

    /// The engine wants an address also when there is nothing.
    private static func withBytes(
        _ bytes: ArraySlice<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Int32
    ) -> Int32 {
        unsafe bytes.isEmpty
            ? [UInt8(0)].withUnsafeBufferPointer(body) : bytes.withUnsafeBufferPointer(body)
    }

    private static func result(
        _ code: Int32, _ data: OpaquePointer, _ bytes: ArraySlice<UInt8>
    ) -> PatternResult {
        switch code {
        case 1...: unsafe .found(captured: captured(code, data, bytes))
        case PCRE2_ERROR_NOMATCH: .notFound
        case PCRE2_ERROR_MATCHLIMIT: .givenUp(.steps)
        case PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_NOMEMORY: .givenUp(.memory)
        default: .givenUp(.engine(code: code))
        }
    }

    /// - Parameter code: the highest group that took part, and one.
    private static func captured(
        _ code: Int32, _ data: OpaquePointer, _ bytes: ArraySlice<UInt8>
    ) -> Range<Int>? {
        // Safe: there are two places for each group that the pattern has, and the data live on.
        guard let places = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
        for group in 1..<max(1, Int(code)) {
            let (start, end) = unsafe (places[2 * group], places[2 * group + 1])
            // A group that took no part has the largest number there is, which is -1 here.
            guard start >= 0, start <= end, end <= bytes.count else { continue }
            return bytes.startIndex + start..<bytes.startIndex + end
        }
        return nil
    }
}

/// Called by the engine before each item of the pattern that it tries.
private func countItem(
    _ block: UnsafeMutablePointer<pcre2_callout_block_8>?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    // Safe: the engine gives the block, and what `Search.run` has set.
    guard let block = unsafe block, let data = unsafe data else { return PCRE2_ERROR_CALLOUT }
    let effort = unsafe data.assumingMemoryBound(to: Effort.self)
    return unsafe effort.pointee.isAtItem(at: block.pointee.current_position) ? 0 : PCRE2_ERROR_MATCHLIMIT
}

package import Tasks

/// What a bot's end means, when it looks in a certain way: exit codes alone do not tell a bot that failed
/// from one that has used up its limit, or from one that was asked for nonsense.
package struct OutcomeRule: Equatable, Sendable {
    package let condition: OutcomeCondition
    package let outcomeClass: OutcomeClass
    /// Where the bot says when it takes work again; for the class `throttled`.
    package let until: UntilSource?

    package init(when condition: OutcomeCondition, is outcomeClass: OutcomeClass, until: UntilSource? = nil) {
        self.condition = condition
        self.outcomeClass = outcomeClass
        self.until = until
    }

    /// The classes that a rule can give; the others are ours to observe.
    package static let classes: [OutcomeClass] = [
        .ok, .failed, .throttled, .unauthorized, .callerError, .ignored,
    ]
}

/// What has to be seen of an end, all of it together.
package struct OutcomeCondition: Equatable, Sendable {
    package var exitCode: Int32?
    /// Such as `SIGKILL`.
    package var signal: String?
    /// A pattern (PCRE2) that is found in the end of standard output.
    package var stdoutPattern: String?
    /// A pattern (PCRE2) that is found in the end of standard error.
    package var stderrPattern: String?
    /// What the last line of standard output that is JSON says.
    package var json: [JSONTest]

    package init(
        exitCode: Int32? = nil, signal: String? = nil, stdoutMatches stdoutPattern: String? = nil,
        stderrMatches stderrPattern: String? = nil, json: [JSONTest] = []
    ) {
        self.exitCode = exitCode
        self.signal = signal
        self.stdoutPattern = stdoutPattern
        self.stderrPattern = stderrPattern
        self.json = json
    }

    package var isEmpty: Bool { self == OutcomeCondition() }
}

/// A question to one place of a JSON value.
package struct JSONTest: Equatable, Sendable {
    package enum Expectation: Equatable, Sendable {
        /// Whether there is anything, be it `null`. The empty pointer asks whether there is JSON at all.
        case exists(Bool)
        case equals(JSONScalar)
        /// A string in which a pattern (PCRE2) is found.
        case matches(pattern: String)
    }

    package let pointer: JSONPointer
    package let expectation: Expectation

    package init(_ pointer: JSONPointer, exists: Bool) {
        self.pointer = pointer
        expectation = .exists(exists)
    }

    package init(_ pointer: JSONPointer, equals scalar: JSONScalar) {
        self.pointer = pointer
        expectation = .equals(scalar)
    }

    package init(_ pointer: JSONPointer, matches pattern: String) {
        self.pointer = pointer
        expectation = .matches(pattern: pattern)
    }
}

/// Where a bot says when it takes work again.
package enum UntilSource: Equatable, Sendable {
    /// The first capture group of a pattern, in the end of standard output.
    case stdout(pattern: String)
    /// The same, in the end of standard error.
    case stderr(pattern: String)
    /// A place of the last line of standard output that is JSON.
    case json(JSONPointer)
}

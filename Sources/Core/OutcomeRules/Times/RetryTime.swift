package import Tasks

/// Reads when a bot takes work again, as programs and services write it.
///
/// - A span from now: `120`, `1.5s`, `500ms`, `1h30m`, `in 2 hours 5 minutes`.
/// - A time: of HTTP (all three forms), of RFC 3339 (also without an offset), in seconds or milliseconds
///   since 1970.
/// - A time of day, with or without a date: `8pm (America/New_York)`, `20:00 UTC`, `tomorrow at 9am`,
///   `Oct 5, 8pm`, `May 11th, 2026 1:36 PM`, `Mon 12:00am`. It is the next such time; `1:30:00` is one too,
///   and no span.
///
/// Words that lead to it are passed over, also a whole sentence with one of the words that announce a time
/// (`… or try again at 8:30 PM.`), and so is what follows.
package enum RetryTime {
    /// What lies further ahead is a misunderstanding, in days.
    package static let furthestDays: Int64 = 400
    /// A bare number from here on is a time in seconds since 1970 (here it is 2001); a smaller one is a span
    /// in seconds.
    package static let firstEpochSeconds: Int64 = 1_000_000_000
    /// A bare number from here on is in milliseconds since 1970 (again 2001).
    package static let firstEpochMilliseconds: Int64 = 1_000_000_000_000
    /// A time of day that was written without seconds stands for a whole minute: so long it is not yet that
    /// of the next day. In seconds.
    package static let runningSeconds: Int64 = 60
    /// A date without a year that is at most so many days ago is that one and not next year's.
    package static let pastDays: Int64 = 30
    /// Only so many bytes of a text are looked at. Cutting is no danger: what is found has to end before.
    package static let longestText = 1024

    /// - Parameters:
    ///   - now: when the text was written.
    ///   - zone: the rules of a zone by its name in the tz database, for the empty name those of this
    ///     machine; nil when they are not known. A time without a zone is one of this machine, or of UTC
    ///     when that is not known.
    /// - Returns: the time, which may be past; nil when the text has no form known here, when its zone is
    ///   not known, or beyond `furthestDays`.
    package static func parse(
        _ text: String, at now: WallTime, zone: (String) -> ZoneRules?
    ) -> WallTime? {
        let bytes = Array(text.utf8.prefix(longestText))
        let isCut = bytes.count < text.utf8.count
        let tokens = TimeLexer.tokens(of: bytes)
        var starts = [0]
        starts += tokens.indices.filter { announces(tokens[$0]) }.map { $0 + 1 }
        for start in starts {
            var reader = TimeReader(bytes: bytes, tokens: tokens, position: start)
            reader.passFillers()
            guard let written = reader.writtenTime(), !isCut || !reader.isAtEnd else { continue }
            guard let time = written.resolved(at: now, zone: zone), isBelievable(time, at: now) else {
                return nil
            }
            return time
        }
        return nil
    }

    private static func isBelievable(_ time: WallTime, at now: WallTime) -> Bool {
        now.duration(to: time) <= .seconds(furthestDays * 86_400)
    }

    private static func announces(_ token: TimeToken) -> Bool {
        switch token.kind {
        case .word(let word): announcing.contains(word)
        case .mark(let mark): mark == UInt8(ascii: "|")
        case .number: false
        }
    }

    /// After one of these a sentence comes to the time.
    private static let announcing: Set<String> = [
        "resets", "reset", "resetting", "again", "after", "until", "till", "retry", "retrying", "wait",
        "access", "available",
    ]
}

extension TimeReader {
    /// Passes over words that say nothing about when, and marks between them.
    mutating func passFillers() {
        while let token = peek() {
            switch token.kind {
            case .word(let word) where Self.fillers.contains(word):
                followsPointWord = Self.pointWords.contains(word)
            case .mark(let mark) where Self.fillingMarks.contains(mark): break
            case .word, .mark, .number: return
            }
            advance()
        }
    }

    private static let fillers: Set<String> = [
        "about", "access", "after", "again", "and", "approximately", "around", "at", "available", "back",
        "be", "before", "by", "come", "for", "from", "in", "is", "it", "next", "not",
        "on", "or", "please", "reset", "resets", "resetting", "retry", "retrying", "the", "then", "till",
        "time", "to", "try", "until", "wait", "will", "you", "your",
    ]

    /// After one of these comes a time and not a span: `at 8` is no eight seconds.
    static let pointWords: Set<String> = ["at", "before", "by", "from", "on", "till", "until"]

    private static let fillingMarks: Set<UInt8> = Set(":;,.\"'|=~*[{(".utf8)
}

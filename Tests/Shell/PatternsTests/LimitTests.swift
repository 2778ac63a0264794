import OutcomeRules
import Patterns
import Testing

/// Texts of the size that rules look at.
enum Sample: CaseIterable {
    case words
    case letters
    case log

    /// The letters that the patterns below end with stand at the end, behind what no pattern goes over:
    /// without them the engine would see at once that nothing can match.
    private static let end = ",.!-c-x-z-d-limi-tz\n"

    var bytes: [UInt8] {
        switch self {
        case .words: filled(with: "word ", end: Self.end)
        case .letters: filled(with: "a", end: Self.end)
        case .log: filled(with: "2026-11-23 12:00:00 info no error, limit unknown\n", end: Self.end)
        }
    }
}

@Suite("Patterns: what a search may cost")
struct LimitTests {
    @Test(
        "The pattern that runs for minutes in a naive engine is given up", arguments: Sample.allCases)
    func naive(text: Sample) throws {
        let result = try search("(\\w+\\s?)*!", in: text.bytes)
        #expect([.givenUp(.steps), .givenUp(.memory)].contains(result))
    }

    @Test(
        "So are others that PCRE2's own match limit lets run for seconds",
        arguments: [
            ("[^x]*?limitz", Sample.words), ("\\w+!", .letters), ("(?:\\w(?=\\w*+!)?)*x", .letters),
            ("(?s)info.*limitz", .log), ("(?:\\w{100}x|\\w{99}z|.)*d", .letters),
        ])
    func others(pattern: String, text: Sample) throws {
        #expect(try search(pattern, in: text.bytes) == .givenUp(.steps))
    }

    @Test("Going back to very many places is given up for want of memory")
    func memory() throws {
        #expect(try search("(a|b)*c", in: Sample.letters.bytes) == .givenUp(.memory))
    }

    @Test(
        "Ordinary patterns need a small part of it, found or not",
        arguments: [
            "resets at (.+)", "(?i)rate limit(?:ed)?", "(?i)usage limit|quota exceeded|too many requests",
            "(?m)^Error: (.*)$", "\\d+ requests", "(?i)\\bno such\\b", "retry after (\\d+)", "\\A\\s*\\z",
        ])
    func ordinary(pattern: String) throws {
        for text in Sample.allCases.map(\.bytes) {
            var searches = try PatternSet([pattern]).searches()
            #expect(searches.search(for: PatternID(index: 0), in: text[...], isCut: true) == .notFound)
            #expect(searches.steps < RuleLimits.stepsPerSearch / 4, "\(searches.steps)")
        }
    }

    @Test("All searches for one end share their steps: then none is left for any")
    func together() throws {
        var searches = try PatternSet(["(\\w+\\s?)*!", "limit"]).searches()
        let (slow, quick) = (PatternID(index: 0), PatternID(index: 1))
        #expect(searches.search(for: quick, in: Sample.log.bytes[...], isCut: false) == .found(captured: nil))
        for number in 1...100 {
            let result = searches.search(for: slow, in: Sample.log.bytes[...], isCut: false)
            #expect(result == .givenUp(number <= 2 ? .steps : .stepsOfAll), "search \(number)")
            #expect(searches.steps <= RuleLimits.stepsPerEnd + RuleLimits.streamBytes)
        }
        #expect(searches.search(for: quick, in: Sample.log.bytes[...], isCut: false) == .givenUp(.stepsOfAll))
        var next = try PatternSet(["limit"]).searches()
        let first = PatternID(index: 0)
        #expect(next.search(for: first, in: Sample.log.bytes[...], isCut: false) == .found(captured: nil))
    }

    @Test("Many cheap searches are counted, too, and so are those that ran out of memory")
    func counted() throws {
        var searches = try PatternSet(["nothing", "(a|b)*c"]).searches()
        _ = searches.search(for: PatternID(index: 0), in: Sample.letters.bytes[...], isCut: false)
        #expect(searches.steps >= RuleLimits.streamBytes)
        let before = searches.steps
        #expect(
            searches.search(for: PatternID(index: 1), in: Sample.letters.bytes[...], isCut: false)
                == .givenUp(.memory))
        #expect(searches.steps - before >= 1_000_000)
    }

    @Test("A class beyond ASCII costs what it takes to go through it, for each character")
    func classes() throws {
        let text = filled(with: "я", end: "!x")
        let properties = String(repeating: "\\p{Lu}", count: 15)
        var searches = try PatternSet(["[^’]*!", "[^\(properties)]*!"]).searches()
        _ = searches.search(for: PatternID(index: 0), in: text[...], isCut: false)
        let before = searches.steps
        #expect(before < 8 * RuleLimits.streamBytes)
        let many = searches.search(for: PatternID(index: 1), in: text[...], isCut: false)
        #expect(many == .givenUp(.steps) && searches.steps - before >= RuleLimits.stepsPerSearch)
    }

    @Test("A pattern cannot raise its own limits")
    func ownLimits() throws {
        let pattern = "(*LIMIT_MATCH=4000000000)(*LIMIT_HEAP=4000000)(*LIMIT_DEPTH=4000000000)(a|b)*c"
        #expect(try search(pattern, in: Sample.letters.bytes) == .givenUp(.memory))
    }
}

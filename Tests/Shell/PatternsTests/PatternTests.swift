import OutcomeRules
import Patterns
import SeededRandom
import Testing

@Suite("Patterns: what is found")
struct PatternTests {
    @Test("Anywhere in the text, and nowhere when it is not there")
    func anywhere() throws {
        #expect(try isFound("limit", in: "a rate limit"))
        #expect(try !isFound("limit", in: "a rate"))
        #expect(try isFound("(?i)rate LIMIT", in: "Rate limit"))
        #expect(try isFound("(?m)^b$", in: "a\nb\nc") && !isFound("^b$", in: "a\nb\nc"))
    }

    @Test("The first group that took part is what was captured")
    func groups() throws {
        #expect(try captured("at (.+)", in: "resets at 8pm\nmore") == "8pm")
        #expect(try captured("at (\\d+)|in (\\d+)", in: "in 5") == "5")
        #expect(try captured("at (\\d*)", in: "at x") == "")
        #expect(try captured("(x)?at", in: "at") == nil)
        #expect(try search("at", in: "at".utf8) == .found(captured: nil))
        #expect(try captured("in (?<time>\\d+) (s|m)", in: "in 5 m") == "5")
    }

    @Test("What was captured is counted from where the slice is within its array")
    func slices() throws {
        let bytes = Array("xxin 5".utf8)
        var searches = try PatternSet(["in (\\d)"]).searches()
        let result = searches.search(for: PatternID(index: 0), in: bytes[2...], isCut: false)
        #expect(result == .found(captured: 5..<6))
    }

    @Test("An empty text is a text")
    func empty() throws {
        #expect(try isFound("\\A\\s*\\z", in: "") && isFound("", in: "") && !isFound(".", in: ""))
        #expect(try search("()", in: []) == .found(captured: 0..<0))
    }

    @Test("Letters are Unicode's: classes, caseless ones, a dot")
    func unicode() throws {
        #expect(try captured("You[’']ve (.)", in: "You’ve é") == "é")
        #expect(try isFound("(?i)ÉCHEC", in: "échec") && isFound("^.$", in: "’"))
    }

    @Test("Bytes that are no UTF-8 stop nothing, and match nothing")
    func invalidUTF8() throws {
        let around = [0xFF, 0xC3] + Array("limit 5".utf8) + [0x80, 0xE2, 0x80]
        #expect(try search("limit (\\d)", in: around) == .found(captured: 8..<9))
        #expect(try search("a.b", in: [0x61, 0xFF, 0x62]) == .notFound)
        #expect(try search(".", in: [0xFF]) == .notFound)
        #expect(try search("t$", in: Array("limit".utf8) + [0xC3]) == .notFound)
    }

    @Test("Whatever the bytes are, what is captured lies within them", arguments: [UInt64(1), 2, 3])
    func anyBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let patterns = ["a(.*)b", "(?i)é(\\w+)|(\\S*)$", "(?s)(.+?)’", "(?<=a)(b*)", "([^a]+)", "(\\X)a"]
        let set = try PatternSet(patterns)
        let pool: [UInt8] = Array("ab é’\n".utf8) + [0, 0x80, 0xC3, 0xE2, 0xED, 0xA0, 0xF0, 0x9F, 0xFF]
        for _ in 0..<1000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in pool.randomElement(using: &random) ?? 0 }
            let slice = bytes[Int.random(in: 0...count, using: &random)...]
            var searches = set.searches()
            for index in patterns.indices {
                let result = searches.search(for: PatternID(index: index), in: slice, isCut: false)
                switch result {
                case .notFound, .found(captured: nil): break
                case .found(let range?):
                    let isWithin = slice.startIndex <= range.lowerBound && range.upperBound <= slice.endIndex
                    #expect(isWithin, "seed \(seed): \(patterns[index]) in \(slice)")
                case .givenUp: Issue.record("seed \(seed): \(result), \(patterns[index]) in \(slice)")
                }
            }
        }
    }

    @Test("NUL is a byte like any other")
    func nul() throws {
        #expect(try isFound("a\\x00b", in: "a\0b") && isFound("b", in: "a\0b"))
    }

    @Test("A text that is cut does not begin with a line")
    func cut() throws {
        #expect(try isFound("^a", in: "a") && !isFound("^a", in: "a", isCut: true))
        #expect(try isFound("(?m)^b", in: "a\nb", isCut: true))
    }
}

@Suite("Patterns: what is refused, and why")
struct PatternFaultTests {
    private func fault(_ pattern: String) -> PatternFault? {
        do {
            _ = try groups(in: pattern)
            return nil
        } catch {
            return error
        }
    }

    private func groups(in pattern: String) throws(PatternFault) -> Int {
        try PatternSet.groups(in: pattern)
    }

    @Test("How many groups a pattern has")
    func counts() throws {
        #expect(try groups(in: "a(b)(?:c)(?<d>e)") == 2)
        #expect(try groups(in: "") == 0)
    }

    @Test("What PCRE2 does not take, in its own words and with the place")
    func invalid() {
        #expect(fault("a(b") == .invalid(message: "missing closing parenthesis", offset: 3))
        #expect(fault("a(b")?.description == "is no pattern: missing closing parenthesis at offset 3")
        #expect(fault("[z-a]") == .invalid(message: "range out of order in character class", offset: 3))
        guard case .invalid(let message, _) = fault("\\C") else {
            Issue.record("\\C, which splits characters, was taken")
            return
        }
        #expect(message.contains("\\C"))
    }

    @Test("A pattern that is too long")
    func tooLong() {
        let longest = String(repeating: "a", count: RuleLimits.patternBytes)
        #expect(fault(longest) == nil)
        #expect(fault(longest + "a") == .tooLong(bytes: RuleLimits.patternBytes + 1))
    }

    @Test(
        "A pattern that refers back, by number, name or as a condition",
        arguments: ["(a)\\1", "(?<n>a)\\k<n>", "(?<n>a)(?P=n)", "(a)?(?(1)b|c)", "(a)\\g{-1}"])
    func backreference(pattern: String) {
        #expect(fault(pattern) == .backreference)
    }

    @Test(
        "A pattern that asks for too much of the same",
        arguments: ["a{101}", "[ab]{101,}", "(?:a{3}){200,300}", "a{2}|b{0999}", "\\\\{101}"])
    func tooManyRepeats(pattern: String) {
        guard case .tooManyRepeats = fault(pattern) else {
            Issue.record("\(pattern): \(String(describing: fault(pattern)))")
            return
        }
    }

    @Test(
        "A pattern with a class of too many characters beyond ASCII, wherever a bracket stands in it",
        arguments: [
            "[^%]*!", "[]%]", "[[:alpha:]%]", "[\\Q]\\E%]", "\\[[%]", "a[b]c[d%e]", "[%", "[\\]%]",
        ])
    func classTooLarge(pattern: String) {
        let letters = String((0..<40).compactMap { Unicode.Scalar(0x2000 + 2 * $0).map(Character.init) })
        guard case .classTooLarge(let bytes) = fault(pattern.replacing("%", with: letters)) else {
            Issue.record("\(pattern): \(String(describing: fault(pattern)))")
            return
        }
        #expect(bytes >= 120)
    }

    @Test("Properties and numbers of characters count, too; ASCII and what is in no class does not")
    func classBytes() {
        let properties = String(repeating: "\\p{Lu}\\x{2019}", count: 10)
        #expect(fault("[\(properties)]") != nil && fault("\(properties)[a]") == nil)
        let long = String(repeating: "a-z", count: 100)
        #expect(fault("[\(long)’]") == nil && fault(String(repeating: "’", count: 200) + "[a]") == nil)
    }

    @Test(
        "Braces that say nothing about how often, and repeats that fit",
        arguments: [
            "a{100}", "a{0,60000}", "\\x{1F600}", "\\o{1000}", "\\p{Lu}", "\\N{U+0041}", "\\{500}", "{",
            "\\Q{101}\\E", "[{101}]", "[]{101}]", "[[:alpha:]{101}]",
        ])
    func fits(pattern: String) {
        #expect(fault(pattern) == nil)
    }

    @Test("Whatever the pattern, it is taken or refused", arguments: [UInt64(1), 2, 3])
    func anything(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pieces = Array("ab(){}[]|*+?\\d1,:<>=!#^$.").map(String.init) + ["(?:", "(*", "{3}", "é", "\\x{"]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...12, using: &random)
            let pattern = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            guard fault(pattern) == nil else { continue }
            let text = (0..<50).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            #expect(throws: Never.self, "seed \(seed): \(pattern)") { try isFound(pattern, in: text) }
        }
    }
}

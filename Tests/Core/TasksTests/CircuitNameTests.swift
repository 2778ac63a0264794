import Tasks
import Testing

@Suite("Names of circuits that bots share")
struct CircuitNameTests {
    @Test("look as the ids of bots do", arguments: ["a", "anthropic", "team-1.eu_west", "9"])
    func good(text: String) throws {
        let name = try #require(CircuitName(text))
        #expect(name.text == text && "\(name)" == text)
        #expect(CircuitName(text.prefix(64)) == name)
    }

    @Test("and nothing else", arguments: ["", " ", ".a", "-a", "a b", "ä", "a/b", "status", "a\u{0}"])
    func bad(text: String) {
        #expect(CircuitName(text) == nil)
    }

    @Test("are at most 64 bytes long, and ordered as text")
    func limits() throws {
        #expect(CircuitName(String(repeating: "a", count: 64)) != nil)
        #expect(CircuitName(String(repeating: "a", count: 65)) == nil)
        #expect(try #require(CircuitName("a")) < #require(CircuitName("b")))
    }
}

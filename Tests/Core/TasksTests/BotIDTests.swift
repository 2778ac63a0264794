import Testing

@testable import Tasks

@Suite("A bot id")
struct BotIDTests {
    @Test(arguments: ["a", "7", "Claude", "worker-1", "a.b_c-d", "0--..__", "Launch", "statuses", "bot"])
    func `is text by the rule`(text: String) throws {
        let id = try #require(BotID(text))
        #expect(id.text == text)
        #expect("\(id)" == text)
    }

    @Test(arguments: ["launch", "stop", "status", "bots"])
    func `is none of the words that are routes`(text: String) {
        #expect(BotID(text) == nil)
        #expect(BotID.reserved.contains(text))
        #expect(BotID.rule.contains(text))
    }

    @Test(arguments: [
        "", ".", "-a", "_a", ".a", "a b", "a/b", "a%20", "..", "a\0", "a\n", "é", "aé", "бот", "a:b", "a@b",
        "a+b",
        "1\u{301}",
    ])
    func `is nothing else`(text: String) {
        #expect(BotID(text) == nil)
    }

    @Test func `has at most 64 characters`() {
        #expect(BotID(String(repeating: "a", count: 64)) != nil)
        #expect(BotID(String(repeating: "a", count: 65)) == nil)
    }

    @Test func `can be read from a part of a longer text`() {
        #expect(BotID("/api/bot/codex".dropFirst(9))?.text == "codex")
    }

    @Test func `sorts by its characters`() {
        let texts = ["10", "9", "Z", "a", "a-b", "a.b"]
        #expect(texts.compactMap { BotID($0) }.shuffled().sorted().map(\.text) == texts)
    }
}

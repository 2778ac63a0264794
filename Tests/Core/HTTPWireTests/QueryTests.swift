import HTTPWire
import Testing

@Suite("A query")
struct QueryTests {
    private func parameters(_ query: String) -> [String]? {
        guard case .success(let parsed) = HTTPQuery.parse(Array(query.utf8)[...]) else { return nil }
        return parsed.parameters.map { "\($0.name)=\($0.value)" }
    }

    @Test(
        "is read into names and values",
        arguments: [
            ("wait=30s&limit=10", ["wait=30s", "limit=10"]), ("", []), ("&&", []), ("a", ["a="]),
            ("a=", ["a="]),
            ("a=b=c", ["a=b=c"]), ("a=1&&b=2&", ["a=1", "b=2"]), ("%61=%62", ["a=b"]),
            ("a=b+c%2B", ["a=b c+"]),
            ("a=%C3%A9", ["a=\u{e9}"]), ("a=x/y?z", ["a=x/y?z"]),
        ])
    func good(query: String, expected: [String]) {
        #expect(parameters(query) == expected)
    }

    @Test(
        "is refused",
        arguments: ["a=%", "a=%2", "a=%zz", "%g1=1", "a=%C3", "a=%FF", "a=%00", "=b", "a=1&a=2", "a=1&%61=2"])
    func bad(query: String) {
        guard case .failure(let refusal) = HTTPQuery.parse(Array(query.utf8)[...]) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.status == .badRequest)
    }

    @Test("gives values by name, and the place of a flaw counted from its start")
    func lookup() {
        let bytes = Array("xxa=1&b=%".utf8)
        guard case .failure(let refusal) = HTTPQuery.parse(bytes[2...]) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.byteOffset == 4)
        let query = try? HTTPQuery.parse(bytes[2..<8]).get()
        #expect(query?["a"] == "1")
        #expect(query?["b"] == "")
        #expect(query?["c"] == nil)
    }

    @Test("that is not there has no parameters")
    func none() throws {
        #expect(try HTTPQuery.parse(nil).get().parameters.isEmpty)
    }
}

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("decodes paths, where a plus is a plus")
    func paths() {
        #expect(percentDecoded(Array("a+b%2Fc%25".utf8)[...]) == "a+b/c%")
        #expect(percentDecoded([]) == "")
    }

    @Test(
        "comes back the same for any text",
        arguments: ["", "a b", "/?&=+%", "\u{e9}\u{1F600}", "-._~09AZaz", "\u{1}\u{7f}"])
    func roundTrip(original: String) {
        #expect(percentDecoded(Array(percentEncoded(original).utf8)[...]) == original)
    }

    @Test("leaves only what needs no escape")
    func alphabet() {
        #expect(percentEncoded("a/b c~") == "a%2Fb%20c~")
    }
}

import JSON
import OutcomeRules
import Testing

@Suite("JSON pointers (RFC 6901)")
struct JSONPointerTests {
    /// The example of the RFC's section 5.
    private static let example = #"""
        {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7,
        "m~n": 8}
        """#

    @Test(
        "The RFC's own examples lead where it says",
        arguments: [
            ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
            ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
        ])
    func examples(text: String, value: String) throws {
        let document = try JSONValue(parsing: Self.example)
        #expect(pointer(text).value(in: document)?.jsonText == value)
    }

    @Test("The empty pointer is the whole value, of any kind")
    func whole() throws {
        let document = try JSONValue(parsing: Self.example)
        #expect(pointer("").value(in: document) == document)
        #expect(pointer("").value(in: 5) == 5)
    }

    @Test(
        "What is not there has no value",
        arguments: [
            "/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+0", "/foo/", "/foo/0/x", "/foo/x", "//",
            "/foo/99999999999999999999", "/m~1n", "/foo/١",
        ])
    func absent(text: String) throws {
        let document = try JSONValue(parsing: Self.example)
        #expect(pointer(text).value(in: document) == nil)
    }

    @Test("~01 is ~1 and not /, as escapes are taken once")
    func escapes() throws {
        let document = try JSONValue(parsing: #"{"~1": "tilde", "/": "slash"}"#)
        #expect(pointer("/~01").value(in: document) == "tilde")
        #expect(pointer("/~1").value(in: document) == "slash")
    }

    @Test("A combining mark behind a slash or a tilde changes nothing: bytes count")
    func bytes() throws {
        #expect(JSONPointer("/\u{301}a") != nil)
        #expect(JSONPointer("/~\u{301}0") == nil)
        let document = try JSONValue(parsing: "{\"\u{301}a\": 1}")
        #expect(pointer("/\u{301}a").value(in: document) == 1)
    }

    @Test(
        "What is no pointer is refused", arguments: ["foo", "a/b", "~", "/~", "/~2", "/a~", " /a", "#/foo"])
    func refused(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test("Scalars are equal by what they are, of one kind only")
    func scalars() throws {
        let number = try JSONValue(parsing: "1e2")
        #expect(JSONScalar.integer(100).equals(number) && JSONScalar.double(100).equals(number))
        #expect(!JSONScalar.integer(100).equals("100") && !JSONScalar.string("100").equals(number))
        #expect(JSONScalar.bool(true).equals(true) && !JSONScalar.bool(true).equals(false))
        #expect(!JSONScalar.bool(true).equals("true") && !JSONScalar.bool(false).equals(.null))
        #expect(JSONScalar.string("").equals("") && !JSONScalar.string("é").equals("e\u{301}"))
        #expect(JSONScalar.double(0.5).equals(try JSONValue(parsing: "5e-1")))
        #expect(!JSONScalar.integer(0).equals(try JSONValue(parsing: "0.5")))
    }
}

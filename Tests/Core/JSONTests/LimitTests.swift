import JSON
import Testing

@Suite("Depth, repeated names and early ends")
struct LimitTests {
    @Test("Nesting is read up to the limit and refused one beyond it", arguments: [1, 2, 3, 64, 100])
    func depth(limit: Int) throws {
        let limits = JSONLimits(depth: limit)
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")] {
            let step = open.hasPrefix("[{") ? 2 : 1
            let count = limit / step
            let inside = String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
            #expect(throws: Never.self) { try JSONValue(parsing: inside, limits: limits) }
        }
        let tooDeep = String(repeating: "[", count: limit + 1)
        #expect(throws: JSONError(.tooDeep(limit: limit), at: limit)) {
            try JSONValue(parsing: tooDeep, limits: limits)
        }
        let tooDeepObject = String(repeating: #"{"a":"#, count: limit + 1)
        #expect(throws: JSONError(.tooDeep(limit: limit), at: 5 * limit)) {
            try JSONValue(parsing: tooDeepObject, limits: limits)
        }
    }

    @Test("The limit is 64 when nothing is said")
    func standardDepth() {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
        #expect(throws: JSONError(.tooDeep(limit: 64), at: 64)) { try JSONValue(parsing: "[" + text + "]") }
    }

    @Test("A limit of 0 lets in scalars only")
    func noDepth() throws {
        #expect(try JSONValue(parsing: "1", limits: JSONLimits(depth: 0)) == 1)
        #expect(throws: JSONError(.tooDeep(limit: 0), at: 0)) {
            try JSONValue(parsing: "[]", limits: JSONLimits(depth: 0))
        }
    }

    @Test("Depth counts what is open, not what was")
    func depthIsGivenBack() throws {
        let text = "[" + Array(repeating: "[[]]", count: 200).joined(separator: ",") + "]"
        #expect(try JSONValue(parsing: text, limits: JSONLimits(depth: 3)).arrayValue?.count == 200)
    }

    @Test("A hundred thousand opening brackets end in an error, not in a stack overflow")
    func manyBrackets() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
    }

    @Test(
        "A name that stands twice is refused at its second place, however it is spelled",
        arguments: [
            (#"{"a":1,"a":2}"#, "a", 7), (#"{"a":1,"b":2,"a":1}"#, "a", 13), (#"{"":1,"":2}"#, "", 6),
            (#"{"a":1,"\u0061":2}"#, "a", 7), (#"{"\n":1,"\u000a":2}"#, "\n", 8),
            (#"{"/":1,"\/":2}"#, "/", 7),
            (#"{"🤖":1,"\ud83e\udd16":2}"#, "🤖", 10), (#"[{"a":{"b":1,"b":2}}]"#, "b", 13),
        ])
    func duplicates(text: String, name: String, offset: Int) {
        #expect(throws: JSONError(.duplicateName(name), at: offset)) { try JSONValue(parsing: text) }
    }

    @Test("Names that Unicode calls equivalent are two names, as JSON compares bytes")
    func equivalentNames() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test("The same name in different objects is no repetition")
    func sameNameElsewhere() {
        #expect(throws: Never.self) { try JSONValue(parsing: #"[{"a":1},{"a":{"a":1}}]"#) }
    }

    @Test(
        "A repeated name is found whatever the object's size", arguments: [1, 2, 11, 12, 13, 14, 100, 5000])
    func duplicatesInLargeObjects(count: Int) throws {
        let members = (0..<count).map { "\"name \($0)\":\($0)" }.joined(separator: ",")
        let value = try JSONValue(parsing: "{\(members)}")
        #expect(value.objectValue?.count == count)
        #expect((0..<count).allSatisfy { value["name \($0)"]?.int64Value == Int64($0) })
        #expect(value["name \(count)"] == nil)
        for repeated in [0, count / 2, count - 1] {
            #expect(throws: JSONError(.duplicateName("name \(repeated)"), at: members.utf8.count + 2)) {
                try JSONValue(parsing: "{\(members),\"name \(repeated)\":0}")
            }
        }
    }

    @Test("Members can be set, replaced and removed in small and large objects", arguments: [3, 12, 13, 40])
    func editing(count: Int) {
        var object = JSONObject()
        for number in 0..<count { object["n\(number)"] = .number(JSONNumber(Int64(number))) }
        object["n1"] = "replaced"
        object["n0"] = nil
        object["not there"] = nil
        #expect(object.count == count - 1)
        #expect(object["n0"] == nil)
        #expect(object["n1"] == "replaced")
        #expect(object["n\(count - 1)"]?.int64Value == Int64(count - 1))
        #expect(Array(object.names) == (1..<count).map { "n\($0)" })
        object["n0"] = true
        #expect(object.members.last?.name == "n0")
    }

    @Test("A document cut at any byte is an error, and its place is within what is left")
    func truncation() throws {
        let document = #"""
            {"a":[1,-2.5e+10,true,false,null,"é\n\ud83e\udd16\u00e9"],"🤖":{"":[],"b":{}}, "c" : "\\"}
            """#
        let bytes = Array(document.utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: bytes) }
        for count in 0..<bytes.count {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes.prefix(count))) }
            #expect(
                error.map { (0...count).contains($0.offset) } == true,
                "cut at \(count): \(String(describing: error))")
        }
    }
}

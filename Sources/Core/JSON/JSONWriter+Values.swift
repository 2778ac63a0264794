// The values a writer takes. They are overloads rather than one generic method, so that callers in other
// modules call them straight. An optional that is nil writes null.

extension JSONWriter {
    package mutating func null() { scalar { $0.append(contentsOf: "null".utf8) } }

    package mutating func value(_ value: String) { scalar { $0.appendQuoted(value) } }
    package mutating func value(_ value: Bool) {
        scalar { $0.append(contentsOf: value ? "true".utf8 : "false".utf8) }
    }
    package mutating func value(_ value: Int) { self.value(Int64(value)) }
    package mutating func value(_ value: Int64) {
        scalar { $0.appendDecimal(value.magnitude, isNegative: value < 0) }
    }
    package mutating func value(_ value: UInt64) { scalar { $0.appendDecimal(value, isNegative: false) } }

    /// The shortest digits that read back as the same number. It must be finite: JSON has no word for others.
    package mutating func value(_ value: Double) {
        precondition(value.isFinite, "\(value) cannot be said in JSON")
        scalar { $0.append(contentsOf: value.description.utf8) }
    }

    package mutating func value(_ value: String?) { if let value { self.value(value) } else { null() } }
    package mutating func value(_ value: Int?) { if let value { self.value(value) } else { null() } }
    package mutating func value(_ value: Int64?) { if let value { self.value(value) } else { null() } }
    package mutating func value(_ value: Double?) { if let value { self.value(value) } else { null() } }

    /// JSON that is already written, byte for byte. It must be one valid value, which only its maker knows.
    package mutating func value(rawJSON text: String) {
        precondition(!text.isEmpty, "no JSON value is empty")
        scalar { $0.append(contentsOf: text.utf8) }
    }
    package mutating func value(rawJSON bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "no JSON value is empty")
        scalar { $0.append(contentsOf: bytes) }
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): self.value(value)
        case .number(let number): self.value(rawJSON: number.text)
        case .string(let text): self.value(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members { self.member(member.name, member.value) }
            endObject()
        }
    }
}

// MARK: - Members: a name and its value

extension JSONWriter {
    package mutating func member(_ name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Int64) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: UInt64) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Double) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: JSONValue) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: String?) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Int?) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Int64?) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, _ value: Double?) {
        self.name(name)
        self.value(value)
    }
    package mutating func member(_ name: String, rawJSON text: String) {
        self.name(name)
        self.value(rawJSON: text)
    }
    package mutating func nullMember(_ name: String) {
        self.name(name)
        null()
    }
    package mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }
    package mutating func array(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        array(body)
    }
}

extension JSONValue {
    /// The value as compact JSON.
    package var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.finish()
    }

    /// The value as compact JSON.
    package var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}

/// Writes JSON into a buffer of its own, compact, byte by byte in the order of the calls.
///
///     var writer = JSONWriter(reserving: 128)
///     writer.object { writer in
///         writer.member("bot_id", "BOT-001")
///         writer.array("transitions") { $0.value(1) }
///     }
///
/// Commas and colons come by themselves. Calls that cannot make JSON (a value where a name must stand, an end
/// without its begin) are bugs of the caller and trap. Nothing on the way makes a `String`, an object or a
/// closure that lives on.
package struct JSONWriter: Sendable {
    /// What is written so far; one whole JSON value once `isComplete`.
    package private(set) var bytes: [UInt8]
    private var depth = 0
    /// One bit per open container, the innermost lowest: 1 for an object.
    private var objects: UInt128 = 0
    private var next = Place.first

    private enum Place {
        /// A value, the first here; in an object its name.
        case first
        /// A value after another one, so a comma; in an object its name.
        case further
        /// The value of the name just written.
        case afterName
        /// Nothing: the one value is complete.
        case end
    }

    /// How many containers may be open within each other: what a reader lets in, and as much again around it.
    package static let depthLimit = 128

    /// - Parameter capacity: bytes to make room for at once.
    package init(reserving capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package var isComplete: Bool { next == .end }

    /// The whole value; the writer is spent.
    package consuming func finish() -> [UInt8] {
        precondition(isComplete, "JSON taken before it was complete, \(depth) containers are open")
        return bytes
    }

    /// Writes one value at the end of `buffer`, without copying what is there.
    package static func append(to buffer: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        swap(&writer.bytes, &buffer)
        body(&writer)
        precondition(
            writer.isComplete, "JSON left before it was complete, \(writer.depth) containers are open")
        swap(&writer.bytes, &buffer)
    }

    // MARK: - Objects and arrays

    package mutating func beginObject() { open(isObject: true) }
    package mutating func endObject() { close(isObject: true) }
    package mutating func beginArray() { open(isObject: false) }
    package mutating func endArray() { close(isObject: false) }

    /// Writes an object with the members that `body` writes.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    /// Writes an array with the elements that `body` writes.
    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        beginArray()
        body(&self)
        endArray()
    }

    /// Writes the name of the next member of an object. It is not checked that the object does not have it
    /// already.
    package mutating func name(_ name: String) {
        precondition(isInObject && next != .afterName, "a name stands only in an object, before its value")
        if next == .further { bytes.append(UInt8(ascii: ",")) }
        bytes.appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        next = .afterName
    }

    // MARK: - Anything else

    /// Writes one value through `body`, which appends its bytes.
    mutating func scalar(_ body: (inout [UInt8]) -> Void) {
        beforeValue()
        body(&bytes)
        next = depth == 0 ? .end : .further
    }

    // MARK: - The grammar

    private var isInObject: Bool { objects & 1 == 1 }

    private mutating func beforeValue() {
        switch next {
        case .first: precondition(!isInObject, "a value in an object without its name")
        case .further:
            precondition(!isInObject, "a value in an object without its name")
            bytes.append(UInt8(ascii: ","))
        case .afterName: break
        case .end: preconditionFailure("a second value after the whole JSON value")
        }
    }

    private mutating func open(isObject: Bool) {
        beforeValue()
        precondition(
            depth < Self.depthLimit, "more than \(Self.depthLimit) arrays and objects within each other")
        depth += 1
        objects = objects << 1 | (isObject ? 1 : 0)
        bytes.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        next = .first
    }

    private mutating func close(isObject: Bool) {
        precondition(
            depth > 0 && isInObject == isObject, "the end of an array or object that is not open here")
        precondition(next != .afterName, "the end of an object after a name without its value")
        depth -= 1
        objects >>= 1
        bytes.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        next = depth == 0 ? .end : .further
    }
}

import JSON
import Testing

@Suite("Misuse of the writer traps instead of writing what is not JSON")
struct WriterMisuseTests {
    @Test("Two values at the top")
    func twoValues() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(1)
            writer.value(2)
        }
    }

    @Test("A value in an object without a name")
    func valueWithoutName() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.value(1)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("a", 1)
            writer.null()
        }
    }

    @Test("A name outside an object, or two in a row")
    func misplacedName() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.name("a")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("a")
            writer.name("b")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.name("a")
        }
    }

    @Test("An end that does not fit what is open")
    func misplacedEnd() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.endObject()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.endArray()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("a")
            writer.endObject()
        }
    }

    @Test("Taking what is not complete")
    func incomplete() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            _ = writer.finish()
        }
        await #expect(processExitsWith: .failure) {
            var buffer: [UInt8] = []
            JSONWriter.append(to: &buffer) { $0.beginObject() }
        }
    }

    @Test("Numbers that JSON cannot say, raw text that is empty, and depth without end")
    func impossibleValues() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(Double.nan)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(rawJSON: "")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            for _ in 0...JSONWriter.depthLimit { writer.beginArray() }
        }
    }
}

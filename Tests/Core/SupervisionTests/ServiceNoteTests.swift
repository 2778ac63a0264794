import Supervision
import Testing

@Suite("The file for the next service")
struct ServiceNoteTests {
    private let note = ServiceNote(
        mark: ServiceMark(high: 1, low: 2), boot: "5731a513-f812-4641-9516-c5f961b29280", device: .max,
        inode: .max)

    @Test("has a head of one length, which is read back")
    func head() {
        #expect(note.head.count == ServiceNote.headLength)
        #expect(ServiceNote(reading: note.head) == note)
        #expect(ServiceNote(reading: note.head + [1, 2, 3]) == note)
    }

    @Test("says nothing when it is damaged, cut short or another's")
    func damaged() {
        for length in 0..<ServiceNote.headLength {
            #expect(ServiceNote(reading: Array(note.head[..<length])) == nil)
        }
        for index in [0, 17, 18, 30, 49, 52, 191] {
            var head = note.head
            head[index] = UInt8(ascii: "?")
            #expect(ServiceNote(reading: head) == nil, "byte \(index)")
        }
        #expect(ServiceNote(reading: [UInt8](repeating: 0, count: 4096)) == nil)
    }

    @Test("names the processes in its places, and nobody for an empty or broken one")
    func places() {
        let first = NotedProcess(pid: 1, began: 0...0)
        let second = NotedProcess(pid: .max, began: (.max - 1)...(.max))
        let file = [first, nil, second].reduce(note.head) { $0 + ServiceNote.place(of: $1) }
        #expect(file.count == ServiceNote.headLength + 3 * ServiceNote.placeLength)
        #expect(ServiceNote.processes(in: file) == [first, second])
        #expect(
            ServiceNote.processes(in: Array(file.dropLast())) == [first], "the last one was not written whole"
        )
        for text in ["0 1 2", "-5 1 2", "5 2 1", "5 1", "5 1 2 3", "x y z", ""] {
            let place = Array(text.utf8) + [UInt8](repeating: 32, count: 63 - text.utf8.count) + [10]
            #expect(ServiceNote.processes(in: note.head + place) == [], "\(text)")
        }
        let hole = [UInt8](repeating: 0, count: ServiceNote.placeLength)
        #expect(ServiceNote.processes(in: note.head + hole + ServiceNote.place(of: first)) == [first])
        #expect(ServiceNote.processes(in: note.head) == [] && ServiceNote.processes(in: []) == [])
    }
}

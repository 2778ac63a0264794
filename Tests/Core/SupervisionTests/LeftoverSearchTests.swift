import Supervision
import Testing

@Suite("Which processes a dead service left behind")
struct LeftoverSearchTests {
    private func sight(
        _ pid: Int32, parent: Int32 = 1, group: Int32? = nil, session: Int32? = nil, start: UInt64 = 100,
        ended: Bool = false, marked: Bool = false
    ) -> ProcessSight {
        ProcessSight(
            pid: pid, parent: parent, group: group ?? pid, session: session ?? pid, start: start,
            hasEnded: ended, carriesMark: marked)
    }

    private func found(_ sights: [ProcessSight], noted: [NotedProcess] = []) -> [Int32] {
        LeftoverSearch(own: 50, noted: noted).leftovers(among: sights).map(\.pid)
    }

    private let table: [(pid: Int32, parent: Int32)] = [(1, 0), (40, 1), (50, 40)]
    private var ours: [ProcessSight] { table.map { sight($0.pid, parent: $0.parent) } }

    @Test("nobody's processes are not among them")
    func unrelated() {
        #expect(found(ours + [sight(60), sight(61, parent: 60)]) == [])
    }

    @Test("whoever carries the mark is, wherever it stands by now")
    func marked() {
        #expect(found(ours + [sight(62, marked: true), sight(61, parent: 9, marked: true)]) == [61, 62])
    }

    @Test("so is what these started, and what is in their group or session, also at several removes")
    func related() {
        let sights = [
            sight(70, marked: true), sight(71, parent: 70), sight(72, parent: 71),
            sight(73, group: 70, session: 3), sight(74, group: 74, session: 70), sight(75, parent: 74),
            sight(80, group: 80, session: 3),
        ]
        #expect(found(ours + sights.reversed()) == [70, 71, 72, 73, 74, 75])
    }

    @Test("neither the service that looks nor whom it descends from is, though all may carry the mark")
    func spared() {
        let sights = [
            sight(1, parent: 0, marked: true), sight(40, marked: true),
            sight(50, parent: 40, group: 40, session: 40, marked: true),
            sight(41, parent: 40, marked: true), sight(42, parent: 40),
        ]
        #expect(found(sights) == [41])
    }

    @Test("a process that was noted is, without the mark, if it is still the same")
    func noted() {
        let notes = [NotedProcess(pid: 90, began: 100...102), NotedProcess(pid: 91, began: 5...6)]
        let sights = [
            sight(90, start: 102), sight(91, start: 7), sight(92, group: 90, session: 3),
            sight(93, group: 91, session: 3), sight(94, parent: 91),
        ]
        #expect(found(ours + sights, noted: notes) == [90, 92])
    }

    @Test("one that has ended is none, but tells of those that it led")
    func ended() {
        let sights = [sight(90, ended: true, marked: true), sight(92, group: 90), sight(93, ended: true)]
        #expect(found(ours + sights) == [92])
        let notes = [NotedProcess(pid: 90, began: 100...100)]
        #expect(found([sight(90, ended: true), sight(92, group: 90)], noted: notes) == [92])
    }

    @Test("a table that was read while it changed does not send it in circles")
    func circles() {
        #expect(found([sight(50, parent: 40), sight(40, parent: 50), sight(60, marked: true)]) == [60])
    }
}

@Suite("A line of the table of processes")
struct ProcessSightTests {
    private func line(_ name: String, state: String = "S") -> [UInt8] {
        Array("77 (\(name)) \(state) 5 6 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 9 9\n".utf8)
    }

    @Test("is read, whatever the program calls itself", arguments: ["sh", "a b", "x) R 1 (y", ")", "(", ""])
    func names(_ name: String) throws {
        let sight = try #require(ProcessSight(stat: line(name)))
        #expect(sight == ProcessSight(pid: 77, parent: 5, group: 6, session: 7, start: 987_654))
    }

    @Test("tells who has ended")
    func ended() {
        #expect(ProcessSight(stat: line("x", state: "Z"))?.hasEnded == true)
        #expect(ProcessSight(stat: line("x", state: "X"))?.hasEnded == true)
        #expect(ProcessSight(stat: line("x", state: "D"))?.hasEnded == false)
    }

    @Test("is none when it is cut short or something else")
    func bad() {
        let whole = line("x")
        for length in 0..<(whole.count - 12) { #expect(ProcessSight(stat: Array(whole[..<length])) == nil) }
        for text in [")(", "77 (x) S a 6 7", "x (y) S 5 6 7"] {
            #expect(ProcessSight(stat: Array(text.utf8)) == nil)
        }
    }
}

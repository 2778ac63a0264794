import Bots
import CLinux
import Glibc
import MonotonicTime
import Supervision
import Testing
import UV

@Suite("What a service leaves for the next one")
struct ServiceNotesTests {
    private let path = "/tmp/fusebox-service-notes-\(getpid())-\(Randomness.bits())"

    private func process(_ pid: Int32) -> NotedProcess {
        NotedProcess(pid: pid, began: UInt64(pid)...UInt64(pid) + 1)
    }

    /// What a service finds that starts after this one.
    private func next() throws -> ServiceNotes {
        let notes = try ServiceNotes(at: path)
        notes.close()
        return notes
    }

    @Test("a mark, made once, and the processes that ran last")
    func notes() throws {
        defer { _ = unsafe remove(path) }
        let first = try ServiceNotes(at: path)
        #expect(first.noted == [])
        first.begin()
        for pid: Int32 in [11, 12, 13] { first.note(process(pid)) }
        first.forget(12)
        first.forget(99)
        first.note(process(14))
        first.forget(11)
        first.close()
        first.close()
        first.note(process(15))
        first.forget(13)
        let second = try next()
        #expect(second.mark == first.mark)
        #expect(second.noted.sorted { $0.pid < $1.pid } == [process(13), process(14)])
        // Killed before it has looked for them, it leaves them to the one after it.
        #expect(try next().noted.count == 2)
        let third = try ServiceNotes(at: path)
        third.begin()
        third.close()
        let fourth = try next()
        #expect(fourth.noted == [] && fourth.mark == first.mark)
    }

    @Test("nothing of another time of the machine, or of another directory")
    func elsewhere() throws {
        defer { _ = unsafe remove(path) }
        let first = try ServiceNotes(at: path)
        first.note(process(11))
        first.close()
        let file = try SystemFile(path, for: .write)
        let bytes = try file.contents(atMost: 1000)
        let note = try #require(ServiceNote(reading: bytes))
        let earlier = ServiceNote(
            mark: note.mark, boot: "earlier", device: note.device, inode: note.inode)
        try file.write(earlier.head, at: 0)
        let second = try next()
        #expect(second.mark == note.mark && second.noted == [])
        #expect(try next().noted == [], "the places are gone with that time")
        let moved = ServiceNote(
            mark: note.mark, boot: note.boot, device: note.device, inode: note.inode + 1)
        try file.write(moved.head, at: 0)
        try file.write(ServiceNote.place(of: process(12)), at: ServiceNote.headLength)
        let third = try next()
        #expect(third.mark != note.mark && third.noted == [])
        #expect(try next().mark == third.mark)
    }

    @Test("a file that is damaged is made anew")
    func damaged() throws {
        defer { _ = unsafe remove(path) }
        let file = try SystemFile(path, for: .write)
        try file.write([UInt8](repeating: 0xFF, count: 1000), at: 0)
        let first = try next()
        #expect(first.noted == [])
        let second = try next()
        #expect(second.mark == first.mark && second.noted == [])
    }
}

@Suite("The sweep for what is left running", .serialized)
struct LeftoverSweepTests {
    private let mark = ServiceMark(high: Randomness.bits(), low: Randomness.bits())

    private func sleeper(on loop: Loop, _ environment: [String]) throws -> ChildProcess {
        try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: ["/bin/sleep", "600"], environment: environment, standardInput: false)
        ) { _ in loop.stop() }
    }

    private func sweep(_ noted: [NotedProcess] = []) throws -> LeftoverSweep {
        try LeftoverSweep(
            mark: mark, noted: noted, until: monotonicNow().advanced(by: .seconds(20)))
    }

    @Test("ends what carries the mark or was noted, and nothing else")
    func ends() throws {
        let loop = try Loop()
        let variable = "\(ServiceMark.variable)=\(mark.text)"
        let marked = try [sleeper(on: loop, [variable]), sleeper(on: loop, ["A=1", variable, "B=2"])]
        let before = ProcessTable.ticksNow()
        let clean = try sleeper(on: loop, [])
        let noted = NotedProcess(pid: clean.pid, began: before...ProcessTable.ticksNow())
        let others = try [sleeper(on: loop, []), sleeper(on: loop, ["X\(variable)"])]
        let reused = NotedProcess(pid: others[0].pid, began: 1...2)
        let sweep = try sweep([noted, reused])
        #expect(sweep.killed == 3 && sweep.stuck == [] && sweep.refused == [] && !sweep.gaveUp)
        #expect(sweep.sentence == "3 processes that an earlier run left behind ended")
        for child in marked + [clean] { while child.exitStatus == nil { loop.run() } }
        #expect(others.allSatisfy { kill($0.pid, 0) == 0 && $0.exitStatus == nil })
        for child in others { child.signalGroup(SIGKILL) }
        for child in others { while child.exitStatus == nil { loop.run() } }
        for child in marked + [clean] + others { child.close() }
        loop.close()
    }

    @Test("finds what is started while the others are ended")
    func breeding() throws {
        let loop = try Loop()
        // It starts one after the other, each in a session of its own.
        let script = """
            trap '' TERM; i=0
            while [ $i -lt 20000 ]; do setsid /bin/sleep 600 & i=$((i+1)); /bin/sleep 0.001; done
            """
        let child = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: ["/bin/sh", "-c", script],
                environment: ["PATH=/usr/bin:/bin", "\(ServiceMark.variable)=\(mark.text)"],
                standardInput: false)
        ) { _ in loop.stop() }
        let sweep = try sweep()
        #expect(sweep.killed > 0 && !sweep.gaveUp && sweep.stuck == [])
        while child.exitStatus == nil { loop.run() }
        child.close()
        loop.close()
        #expect(try self.sweep().killed == 0)
    }

    @Test("says nothing when nothing is left")
    func nothing() throws {
        #expect(try sweep().sentence == nil)
    }
}

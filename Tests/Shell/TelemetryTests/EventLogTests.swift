import MonotonicTime
import Tasks
import Telemetry
import Testing
import UV

@Suite("The event log on its loop")
struct EventLogTests {
    let folder: TemporaryFolder
    let loop: Loop

    init() throws {
        folder = try TemporaryFolder()
        loop = try Loop()
    }

    private var impatient: EventLogLimits {
        var limits = EventLogLimits()
        limits.retryInterval = .milliseconds(5)
        return limits
    }

    /// Runs the loop until the log's health is as wanted; a test that waits for longer than ten seconds has
    /// failed.
    private func run(_ log: Observed, until condition: @escaping (EventLogHealth) -> Bool) {
        var isMet = false
        let deadline = Timer(on: loop) { [loop] in loop.stop() }
        deadline.arm(at: loop.now.advanced(by: .seconds(10)))
        log.onChange = { [loop] health in
            guard condition(health) else { return }
            isMet = true
            loop.stop()
        }
        loop.run()
        log.onChange = nil
        deadline.close()
        #expect(isMet, "the log's health never became as wanted; it was \(log.changes)")
    }

    private final class Observed {
        var changes: [EventLogHealth] = []
        var onChange: ((EventLogHealth) -> Void)?
    }

    private func open(
        _ path: String, _ observed: Observed = Observed(), _ limits: EventLogLimits? = nil
    ) throws -> EventLog {
        try EventLog.open(path, onLoop: loop, limits: limits ?? impatient) { health in
            observed.changes.append(health)
            observed.onChange?(health)
        }
    }

    private func closeLoop() {
        loop.run()
        loop.close()
    }

    @Test("On a clean stop every event is in the file, in order")
    func cleanStop() throws {
        let events = (1...10_000).map { $0 % 100 == 0 ? transition($0) : blocked($0) }
        let log = try open(folder.log)
        var start = 0
        for size in [1, 0, 2, 3, 50, 1000] + Array(repeating: 500, count: 100) where start < events.count {
            let end = min(start + size, events.count)
            log.append(Array(events[start..<end]))
            start = end
        }
        #expect(log.close() == 0)
        #expect(start == events.count)
        // Not inside the macro, which would look for the shortest difference of two large arrays for minutes.
        let isComplete = contents(folder.log) == lines(events)
        #expect(isComplete)
        #expect(log.health.droppedLines == 0)
        #expect(log.health.writtenLines == events.count)
        #expect(log.health.waitingBytes == 0)
        #expect(log.health.problem == nil)
        closeLoop()
    }

    @Test("What the file ends with is known before anything is appended")
    func knowsItsEnd() throws {
        try folder.write(line(blocked(4)) + line(transition(5)).prefix(9), to: folder.log)
        let log = try open(folder.log)
        #expect(log.lastSequence == 4)
        #expect(log.cutBytes == 9)
        log.append([blocked(4), transition(5), blocked(6)])
        log.close()
        #expect(contents(folder.log) == lines([blocked(4), transition(5), blocked(6)]))
        #expect(log.health.skippedLines == 1)
        closeLoop()
    }

    @Test("A fault of opening names the file")
    func opening() throws {
        #expect(throws: EventLogFault(path: folder.path, reason: .isDirectory)) {
            try open(folder.path)
        }
        closeLoop()
    }

    @Test(
        "A log told that its file was moved goes on in a new one, with what came before in the moved one"
    )
    func reopening() throws {
        let log = try open(folder.log)
        log.append([blocked(1), blocked(2)])
        try folder.move(folder.log, to: folder.file("moved"))
        log.reopen()
        log.append([blocked(3)])
        log.close()
        #expect(contents(folder.file("moved")) == lines([blocked(1), blocked(2)]))
        #expect(contents(folder.log) == line(blocked(3)))
        closeLoop()
    }

    @Test("Told that the file was moved, the log makes the new one though it has nothing to write")
    func reopeningWithNothing() throws {
        let log = try open(folder.log)
        try folder.move(folder.log, to: folder.file("moved"))
        log.reopen()
        log.close()
        #expect(folder.names == ["events.jsonl", "moved"])
        closeLoop()
    }

    /// Puts a file where the log's folder was, so that nothing can be written until it is gone.
    private func obstruct(_ log: EventLog) throws {
        try folder.move(folder.file("logs"), to: folder.file("old"))
        try folder.write([], to: folder.file("logs"))
        log.reopen()
    }

    @Test(
        "A failure is told once, in a sentence; when it is over, all is caught up in order and that is told"
    )
    func failingAndCatchingUp() throws {
        let observed = Observed()
        let log = try open(folder.file("logs/events.jsonl"), observed)
        log.append([blocked(1)])
        try obstruct(log)
        log.append([blocked(2)])
        run(observed) { $0.problem != nil }
        #expect(log.health.problem?.contains(folder.file("logs")) == true)
        #expect(log.health.failures >= 1)
        #expect(log.health.waitingBytes > 0 || log.health.failures >= 1)
        log.append([transition(3), blocked(4)])
        try folder.remove(folder.file("logs"))
        run(observed) { $0.problem == nil }
        #expect(observed.changes.count == 2, "\(observed.changes.map(\.problem))")
        log.append([blocked(5)])
        #expect(log.close() == 0)
        #expect(contents(folder.file("old/events.jsonl")) == line(blocked(1)))
        let rest = [blocked(2), transition(3), blocked(4), blocked(5)]
        #expect(contents(folder.file("logs/events.jsonl")) == lines(rest))
        closeLoop()
    }

    @Test(
        "What waits has a limit: beyond it transitions are kept, other lines are dropped and counted"
    )
    func boundedWaiting() throws {
        let observed = Observed()
        var limits = impatient
        limits.waitingBytes = 10 * EventLine.sizeBound(of: blocked(1))
        let log = try open(folder.file("logs/events.jsonl"), observed, limits)
        try obstruct(log)
        run(observed) { $0.problem != nil }
        let events = (1...1000).map { $0 % 10 == 0 ? transition($0) : blocked($0) }
        for start in stride(from: 0, to: 1000, by: 4) { log.append(Array(events[start..<start + 4])) }
        try folder.remove(folder.file("logs"))
        run(observed) { $0.problem == nil }
        #expect(log.close() == 0)
        let written = sequences(in: contents(folder.file("logs/events.jsonl")))
        #expect(written == written.sorted())
        #expect(Set(written).isSuperset(of: stride(from: 10, through: 1000, by: 10)))
        let others = written.count { $0 % 10 != 0 }
        #expect(others >= 9)
        #expect(others < 100, "the limit is ten lines, and what is appended meanwhile")
        #expect(log.health.droppedLines == 900 - others)
        #expect(log.health.waitingBytes == 0)
        closeLoop()
    }

    @Test("Closed while nothing can be written, the log says how many lines are missing, and does not hang")
    func closedWhileFailing() throws {
        let observed = Observed()
        let log = try open(folder.file("logs/events.jsonl"), observed)
        try obstruct(log)
        log.append([transition(1), blocked(2), blocked(3)])
        #expect(log.close() == 3)
        #expect(log.close() == 0)
        closeLoop()
    }

    @Test("A closed log tells nothing more, and its handles let the loop end")
    func silentAfterClose() throws {
        let observed = Observed()
        let log = try open(folder.file("logs/events.jsonl"), observed)
        try obstruct(log)
        log.append([blocked(1)])
        log.close()
        closeLoop()
        #expect(observed.changes.isEmpty)
    }

    @Test("Appending to a closed log is a bug and traps")
    func appendAfterClose() async {
        // The folder is this process's, as the other one dies too early to remove one of its own.
        await #expect(processExitsWith: .failure) { [path = folder.log as String] in
            let log = try EventLog.open(path, onLoop: try Loop()) { _ in }
            log.close()
            log.append([blocked(1)])
        }
        closeLoop()
    }
}

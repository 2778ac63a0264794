import Foundation
import Tasks
import Telemetry
import Testing

@Suite("Writing, putting aside and changing the file")
struct EventFileTests {
    let folder: TemporaryFolder
    let gauge = EventLogGauge()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(fileBytes: Int = 64 << 20, keeping keptFiles: Int = 5) throws -> EventFile {
        var limits = EventLogLimits()
        limits.fileBytes = fileBytes
        limits.keptFiles = keptFiles
        return try EventFile(path: folder.log, limits: limits, gauge: gauge)
    }

    /// Bytes of all files, the oldest first.
    private var everything: [UInt8] {
        (1...9).reversed().flatMap { contents("\(folder.log).\($0)") } + contents(folder.log)
    }

    @Test("No number is written twice or out of order, and what is skipped is counted")
    func skips() throws {
        var file = try open()
        file.take([blocked(5), blocked(5), blocked(4), blocked(6)])
        try file.drain()
        file.take([blocked(6), blocked(1), blocked(8)])
        try file.drain()
        #expect(contents(folder.log) == lines([blocked(5), blocked(6), blocked(8)]))
        #expect(gauge.health(problem: nil).skippedLines == 4)
        #expect(gauge.health(problem: nil).writtenLines == 3)
        #expect(file.lastSequence == 8)
    }

    @Test("The same events after opening again leave the file as it is")
    func noDoublesAcrossOpening() throws {
        let events = (1...20).map { transition($0) }
        for _ in 0..<3 {
            var file = try open()
            file.take(events)
            try file.drain()
            #expect(contents(folder.log) == lines(events))
        }
    }

    @Test("More lines than are gathered for one call are all written")
    func manyLines() throws {
        let events = (1...5000).map { blocked($0) }
        var file = try open()
        file.take(events)
        try file.drain()
        let isComplete = contents(folder.log) == lines(events)
        #expect(isComplete)
        #expect(file.waitingLines == 0)
    }

    @Test(
        "A full file is put aside at a line's end; with room for all, nothing is lost",
        arguments: [1, 2, 7, 50])
    func rotation(batch: Int) throws {
        let size = line(blocked(10)).count
        var file = try open(fileBytes: 10 * size + size / 2, keeping: 9)
        let events = (10..<90).map { blocked(UInt64($0)) }
        for start in stride(from: 0, to: events.count, by: batch) {
            file.take(Array(events[start..<min(start + batch, events.count)]))
            try file.drain()
        }
        #expect(everything == lines(events))
        for number in 1...7 { #expect(contents("\(folder.log).\(number)").count == 10 * size) }
        #expect(contents(folder.log).count == 10 * size)
        #expect(file.rotationFault == nil)
    }

    @Test("Only so many files are kept, and the oldest go")
    func keepsFew() throws {
        var file = try open(fileBytes: 1, keeping: 3)
        file.take((1...10).map { blocked($0) })
        try file.drain()
        #expect(folder.names == ["events.jsonl", "events.jsonl.1", "events.jsonl.2", "events.jsonl.3"])
        #expect(sequences(in: everything) == [7, 8, 9, 10])
    }

    @Test("A line larger than a file may be has a file to itself")
    func largeLine() throws {
        let large = transition(2, note: String(repeating: "n", count: 2000))
        var file = try open(fileBytes: 500)
        file.take([blocked(1), large, blocked(3)])
        try file.drain()
        #expect(contents(folder.log + ".2") == line(blocked(1)))
        #expect(contents(folder.log + ".1") == line(large))
        #expect(contents(folder.log) == line(blocked(3)))
    }

    @Test("A log that is full when it is opened is put aside before the next line")
    func fullAtOpening() throws {
        try folder.write(lines([blocked(1), blocked(2)]), to: folder.log)
        var file = try open(fileBytes: 100)
        file.take([blocked(3)])
        try file.drain()
        #expect(contents(folder.log + ".1") == lines([blocked(1), blocked(2)]))
        #expect(contents(folder.log) == line(blocked(3)))
    }

    @Test("After a crash between any two steps of putting aside, everything is still there", arguments: 0...4)
    func crashWhilePuttingAside(steps: Int) throws {
        // Files 1…3 and the log itself; putting aside moves 3, 2, 1 and the log, in this order.
        for number in 1...3 {
            try folder.write(line(blocked(UInt64(10 - number))), to: "\(folder.log).\(number)")
        }
        try folder.write(line(blocked(10)), to: folder.log)
        let moves = [(".3", ".4"), (".2", ".3"), (".1", ".2"), ("", ".1")]
        for (from, to) in moves.prefix(steps) { try folder.move(folder.log + from, to: folder.log + to) }

        var file = try open(fileBytes: 1, keeping: 4)
        #expect(file.lastSequence == 10)
        file.take([blocked(10), blocked(11)])
        try file.drain()
        #expect(sequences(in: everything) == [7, 8, 9, 10, 11])
    }

    @Test("When a full file cannot be put aside it grows on, and is put aside once it can be")
    func rotationFails() throws {
        let obstacle = folder.log + ".1"
        try FileManager.default.createDirectory(atPath: obstacle + "/x", withIntermediateDirectories: true)
        var file = try open(fileBytes: 1, keeping: 1)
        file.take([blocked(1), blocked(2)])
        try file.drain()
        #expect(contents(folder.log) == lines([blocked(1), blocked(2)]))
        let rotationFault = file.rotationFault
        let fault = try #require(rotationFault)
        #expect(fault.description.contains(folder.log))
        #expect(gauge.health(problem: nil).failures > 0)

        try folder.remove(obstacle)
        file.take([blocked(3)])
        try file.drain()
        #expect(file.rotationFault == nil)
        #expect(contents(obstacle) == lines([blocked(1), blocked(2)]))
        #expect(contents(folder.log) == line(blocked(3)))
    }

    @Test("A file moved away is written on until the log is told to leave it")
    func leaves() throws {
        var file = try open()
        file.take([blocked(1)])
        try file.drain()
        try folder.move(folder.log, to: folder.file("moved"))
        file.take([blocked(2)])
        try file.drain()
        #expect(contents(folder.file("moved")) == lines([blocked(1), blocked(2)]))
        file.leave()
        file.take([blocked(2), blocked(3)])
        try file.drain()
        #expect(contents(folder.file("moved")) == lines([blocked(1), blocked(2)]))
        #expect(contents(folder.log) == line(blocked(3)))
    }

    @Test("Leaving a file that was not moved goes on in it")
    func leavesInPlace() throws {
        var file = try open()
        file.take([blocked(1)])
        try file.drain()
        file.leave()
        try file.drain()
        file.take([blocked(2)])
        try file.drain()
        #expect(contents(folder.log) == lines([blocked(1), blocked(2)]))
    }

    @Test("A file that was deleted is made anew without being told")
    func deleted() throws {
        var file = try open()
        file.take([blocked(1)])
        try file.drain()
        try folder.remove(folder.log)
        file.take([blocked(2)])
        try file.drain()
        #expect(contents(folder.log) == line(blocked(2)))
    }

    @Test("A file that somebody emptied is added to, and its size is known anew")
    func emptied() throws {
        let size = line(blocked(1)).count
        var file = try open(fileBytes: 3 * size)
        file.take([blocked(1), blocked(2)])
        try file.drain()
        #expect(unsafe truncate(folder.log, 0) == 0)
        file.take([blocked(3), blocked(4), blocked(5)])
        try file.drain()
        #expect(contents(folder.log) == lines([blocked(3), blocked(4), blocked(5)]))
        #expect(folder.names == ["events.jsonl"])
    }
}

import Tasks
import Telemetry
import Testing

@Suite("A log whose end a crash has cut")
struct TornTailTests {
    let folder: TemporaryFolder
    let gauge = EventLogGauge()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() throws -> EventFile {
        try EventFile(path: folder.log, limits: EventLogLimits(), gauge: gauge)
    }

    @Test(
        "Cut at any byte of its last line, the log goes on with whole lines only",
        arguments: [[], [blocked(1)], [blocked(1), transition(2, note: "näh 🤖\n")]])
    func cutAnywhere(before: [ServiceEvent]) throws {
        let last = line(transition(40, note: "a note, with \"quotes\" and ü"))
        for length in 0...last.count {
            try folder.write(lines(before) + last.prefix(length), to: folder.log)
            var file = try open()
            let isWhole = length >= last.count - 1
            #expect(file.lastSequence == (isWhole ? 40 : before.last?.sequence), "cut at \(length)")
            #expect(file.cutBytes == (isWhole ? 0 : length))
            #expect(contents(folder.log) == lines(before) + (isWhole ? last : []), "cut at \(length)")
            file.take([transition(40, note: "a note, with \"quotes\" and ü"), blocked(41)])
            try file.drain()
            #expect(contents(folder.log) == lines(before) + last + line(blocked(41)), "cut at \(length)")
        }
    }

    @Test(
        "Zeros that a power failure left are cut off, with the torn line before them",
        arguments: [1, 4096, 100_000])
    func zeros(count: Int) throws {
        let zeros = [UInt8](repeating: 0, count: count)
        for torn in [0, 5, 30, 100] {
            try folder.write(line(blocked(1)) + line(blocked(2)).prefix(torn) + zeros, to: folder.log)
            let file = try open()
            #expect(file.lastSequence == 1)
            #expect(file.cutBytes == torn + count)
            #expect(contents(folder.log) == line(blocked(1)))
        }
    }

    @Test(
        "The last number is found behind a line longer than what is read at first",
        arguments: [70_000, 2_000_000])
    func longLines(length: Int) throws {
        let long = transition(5, note: String(repeating: "x", count: length))
        try folder.write(lines([blocked(4), long]), to: folder.log)
        #expect(try open().lastSequence == 5)
        try folder.write(line(blocked(4)) + line(long).dropLast(2), to: folder.log)
        let file = try open()
        #expect(file.lastSequence == 4)
        #expect(contents(folder.log) == line(blocked(4)))
    }

    @Test("Whole lines without a number are stepped over and kept")
    func linesWithoutNumber() throws {
        let other = Array("{\"timestamp\":\"x\"}\nnot json at all\n\n".utf8)
        try folder.write(line(blocked(8)) + other, to: folder.log)
        var file = try open()
        #expect(file.lastSequence == 8)
        file.take([blocked(9)])
        try file.drain()
        #expect(contents(folder.log) == line(blocked(8)) + other + line(blocked(9)))
    }

    @Test("When the file is empty or missing, the number is found in the newest file put aside")
    func fallsBack() throws {
        try folder.write(line(blocked(7)), to: folder.log + ".1")
        try folder.write(line(blocked(3)), to: folder.log + ".2")
        #expect(try open().lastSequence == 7)
        #expect(contents(folder.log).isEmpty)
        #expect(try open().lastSequence == 7)
        try folder.remove(folder.log + ".1")
        #expect(try open().lastSequence == 3)
        try folder.write([], to: folder.log + ".1")
        #expect(try open().lastSequence == 3)
        try folder.write(line(blocked(9)), to: folder.log)
        #expect(try open().lastSequence == 9)
    }

    @Test("A torn line that was all there is falls back, too")
    func tornAlone() throws {
        try folder.write(line(blocked(7)), to: folder.log + ".1")
        try folder.write(Array(line(blocked(8)).dropLast(3)), to: folder.log)
        let file = try open()
        #expect(file.lastSequence == 7)
        #expect(contents(folder.log).isEmpty)
    }
}

import Glibc
package import Tasks
import UV

/// The event log's file and the lines on their way into it. It is used by one thread at a time and may block.
///
/// Lines are written in their order, as many as there are with one call. What a failed call did not take is
/// remembered to the byte, so that a retry goes on in the middle of a line where the last one stopped.
package struct EventFile: ~Copyable {
    /// The number of the last line in the file or on its way there; a lower one is never written behind it.
    package private(set) var lastSequence: UInt64?
    /// Bytes of a torn line that were cut off when the file was opened.
    package private(set) var cutBytes = 0
    /// What went wrong with putting a full file aside; it grows beyond its limit meanwhile.
    package private(set) var rotationFault: EventLogFault?

    private let path: String
    private let limits: EventLogLimits
    private let gauge: EventLogGauge

    private var file: OpenFile?
    private var size = 0
    /// Events that are not yet wholly in the file, oldest first.
    private var waiting: [ServiceEvent] = []
    /// The lines of the first `bufferedLines` waiting events …
    private var buffer: [UInt8] = []
    private var bufferedLines = 0
    /// … of which so many bytes are in the file already.
    private var writtenBytes = 0

    /// Lines are gathered up to about so many bytes for one call.
    private static let bufferBytes = 256 << 10

    package init(path: String, limits: EventLogLimits, gauge: EventLogGauge) throws(EventLogFault) {
        precondition(limits.keptFiles >= 1, "a full event log must have somewhere to go")
        self.path = path
        self.limits = limits
        self.gauge = gauge
        try openIfNeeded()
        for number in 1...limits.keptFiles where lastSequence == nil {
            lastSequence = try Self.lastSequence(ofFileAt: LogRotation.path(path, number: number))
        }
    }

    package var waitingLines: Int { waiting.count }

    /// Takes events in; they are written by the next `drain`.
    package mutating func take(_ events: [ServiceEvent]) {
        for event in events {
            guard lastSequence.map({ event.sequence > $0 }) ?? true else {
                gauge.skippedLines.increase()
                gauge.waitingBytes.increase(by: -EventLine.sizeBound(of: event))
                continue
            }
            lastSequence = event.sequence
            waiting.append(event)
        }
    }

    /// Writes everything that waits.
    package mutating func drain() throws(EventLogFault) {
        try openIfNeeded()
        while !waiting.isEmpty {
            if buffer.isEmpty { fillBuffer() }
            try openIfNeeded()
            try writeBuffer()
        }
    }

    /// Leaves the file, which may have been moved or deleted, to go on in the one that now has its name.
    package mutating func leave() {
        forgetBuffer()
        file = nil
    }

    // MARK: - Writing

    private mutating func writeBuffer() throws(EventLogFault) {
        while writtenBytes < buffer.count {
            do throws(UVFault) {
                let count = try file?.append(buffer, from: writtenBytes) ?? 0
                writtenBytes += count
                size += count
            } catch {
                throw EventLogFault(path: path, reason: .system(error))
            }
        }
        settle(lines: bufferedLines)
    }

    /// Formats as many waiting events as fit into the file and the buffer, after putting the file aside when
    /// not even one fits.
    private mutating func fillBuffer() {
        var mayGrow = false
        while bufferedLines < waiting.count, buffer.count < Self.bufferBytes {
            let lineStart = buffer.count
            EventLine.format(waiting[bufferedLines], into: &buffer)
            if mayGrow || size + lineStart == 0 || size + buffer.count <= limits.fileBytes {
                bufferedLines += 1
                continue
            }
            buffer.removeSubrange(lineStart...)
            if bufferedLines > 0 { return }
            mayGrow = !rotate()
        }
    }

    /// True when the next line begins a new file.
    private mutating func rotate() -> Bool {
        do {
            try LogRotation.putAside(path, keeping: limits.keptFiles)
            rotationFault = nil
            file = nil
            size = 0
            return true
        } catch {
            // A file that is too large is better than a line that is lost.
            rotationFault = error
            gauge.failures.increase()
            return false
        }
    }

    /// The first so many waiting lines are in the file.
    private mutating func settle(lines: Int) {
        for event in waiting[..<lines] { gauge.waitingBytes.increase(by: -EventLine.sizeBound(of: event)) }
        gauge.writtenLines.increase(by: lines)
        waiting.removeFirst(lines)
        buffer.removeAll(keepingCapacity: buffer.capacity <= 2 * Self.bufferBytes)
        (bufferedLines, writtenBytes) = (0, 0)
    }

    /// Cuts the line that is only in part in the file, so that it is written whole into the next file.
    private mutating func forgetBuffer() {
        let written = buffer[..<writtenBytes]
        let wholeBytes = written.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let tornBytes = writtenBytes - wholeBytes
        // When even this fails, the file that is left ends with half a line; the line itself is not lost.
        if tornBytes > 0 { try? file?.truncate(to: size - tornBytes) }
        settle(lines: written.count { $0 == UInt8(ascii: "\n") })
    }
}

// MARK: - Opening

extension EventFile {
    /// Opens the file unless it is open and still has a name.
    private mutating func openIfNeeded() throws(EventLogFault) {
        if let facts = try? file?.facts() {
            size = facts.size
            if facts.isLinked { return }
            leave()
        }
        let opened = try LogDirectory.open(path)
        let facts = try blaming(path) { () throws(UVFault) in try opened.facts() }
        guard facts.isRegular else { throw EventLogFault(path: path, reason: .isNotRegular) }
        let tail = try blaming(path) { () throws(UVFault) in try LogTail.read(from: opened, size: facts.size)
        }
        size = try close(tail, of: opened, size: facts.size)
        if let found = tail.lastSequence { lastSequence = max(found, lastSequence ?? 0) }
        file = consume opened
    }

    /// Makes the file end with a whole line; gives its new size.
    private mutating func close(
        _ tail: LogTail, of file: borrowing OpenFile, size: Int
    ) throws(EventLogFault) -> Int {
        switch tail.end {
        case .clean: return size
        case .foreign: throw EventLogFault(path: path, reason: .isNotEventLog)
        case .newlineMissing:
            return try blaming(path) { () throws(UVFault) in
                size + (try file.append([UInt8(ascii: "\n")], from: 0))
            }
        case .torn(let byteCount):
            try blaming(path) { () throws(UVFault) in try file.truncate(to: size - byteCount) }
            cutBytes += byteCount
            return size - byteCount
        }
    }

    private static func lastSequence(ofFileAt path: String) throws(EventLogFault) -> UInt64? {
        guard fileExists(path) else { return nil }
        return try blaming(path) { () throws(UVFault) in
            let file = try OpenFile(reading: path)
            let facts = try file.facts()
            return facts.isRegular ? try LogTail.read(from: file, size: facts.size).lastSequence : nil
        }
    }
}

package import Tasks

/// Reads in a trace of system calls whether every 202 left after the sync of its commit had returned.
///
/// What proves a task durable: a page with its id was written to the write-ahead log; that page, or one after
/// it, was written as the last of a commit (its frame's header says how large the database then is); and
/// after that a sync of the log began and returned 0. The trace shows a call's end before anything that
/// another thread does because of it, so a 202 whose write begins after that sync's end is in order, and any
/// other is not.
package struct DurabilityTrace: Sendable {
    /// 202s that named a task.
    package private(set) var answers = 0
    /// Syncs of the log that succeeded.
    package private(set) var syncs = 0
    package private(set) var violations: [String] = []
    /// The lines of each task's 202 and of the end of the sync before it.
    package private(set) var places: [TaskID: (answer: Int, sync: Int)] = [:]

    /// Calls that a thread has begun.
    private var underWay: [Int: (call: TraceLine.Call, covered: Set<TaskID>)] = [:]
    /// In pages written to the log since the last commit.
    private var written: Set<TaskID> = []
    /// In commits that are in the log, and not known to be synced.
    private var committed: Set<TaskID> = []
    /// By the line at which they were.
    private var durable: [TaskID: Int] = [:]
    /// The frame whose page comes next ends a commit.
    private var endsCommit = false
    private var line = 0

    package init() {}

    package init(_ lines: [[UInt8]]) {
        for line in lines { take(line) }
    }

    package mutating func take(_ bytes: [UInt8]) {
        defer { line += 1 }
        guard let parsed = TraceLine(bytes) else { return }
        if parsed.isCut { violations.append("line \(line): strace cut a text short") }
        switch parsed.kind {
        case .whole(let call, let result):
            begin(call)
            end(call, covering: committed, result)
        case .begun(let call):
            begin(call)
            underWay[parsed.thread] = (call, committed)
        case .ended(let result):
            guard let begun = underWay.removeValue(forKey: parsed.thread) else { return }
            end(begun.call, covering: begun.covered, result)
        }
    }

    private mutating func begin(_ call: TraceLine.Call) {
        guard case .answer(let bytes) = call else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        for answer in text.split(separator: "HTTP/1.1 ").dropFirst(text.hasPrefix("HTTP/1.1 ") ? 0 : 1)
        where answer.hasPrefix("202 ") {
            noteAcceptance(answer)
        }
    }

    private mutating func noteAcceptance(_ answer: Substring) {
        let mark = "Location: /api/task/"
        guard let place = answer.firstRange(of: mark),
            let task = TaskID(answer[place.upperBound...].prefix { $0 != "\r\n" && $0 != "\r" })
        else { return violations.append("line \(line): a 202 without a task") }
        answers += 1
        if let sync = durable[task] {
            places[task] = (line, sync)
        } else {
            violations.append("line \(line): the 202 of \(task) left before its commit was synced")
        }
    }

    private mutating func end(_ call: TraceLine.Call, covering tasks: Set<TaskID>, _ result: Int) {
        switch call {
        case .answer: break
        case .logWrite(let bytes):
            if result == bytes.count { noteLogWrite(bytes) }
        case .logSync:
            guard result == 0 else { return }
            syncs += 1
            for task in tasks where durable[task] == nil { durable[task] = line }
            committed.subtract(tasks)
        }
    }

    private mutating func noteLogWrite(_ bytes: [UInt8]) {
        if bytes.count == WriteAheadLog.frameHeaderBytes {
            endsCommit = WriteAheadLog.endsCommit(bytes)
        } else if bytes.count >= WriteAheadLog.smallestPageBytes {
            written.formUnion(WriteAheadLog.taskIDs(in: bytes))
            guard endsCommit else { return }
            committed.formUnion(written)
            written = []
            endsCommit = false
        }
    }
}

/// What SQLite writes into its log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log): a header of
/// 32 bytes once, then for each page a header of 24 and the page.
enum WriteAheadLog {
    static let frameHeaderBytes = 24
    static let smallestPageBytes = 512

    /// The second number of a frame's header is the size of the database after a commit, or zero.
    static func endsCommit(_ header: [UInt8]) -> Bool {
        header[4] | header[5] | header[6] | header[7] != 0
    }

    /// Every sixteen bytes that have the form of an id (a UUID of version 7).
    static func taskIDs(in page: [UInt8]) -> [TaskID] {
        var found: [TaskID] = []
        var start = 0
        while start + 16 <= page.count {
            if page[start + 6] >> 4 == 7, page[start + 8] >> 6 == 2 {
                found.append(TaskID(high: number(page, start), low: number(page, start + 8)))
            }
            start += 1
        }
        return found
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in start..<start + 8 { number = number << 8 | UInt64(bytes[index]) }
        return number
    }
}

import Tasks

/// An outcome's output as its row keeps it: what is short stands in the row, what is long in a file.
struct StoredOutput {
    private(set) var standard: StoredStream
    private(set) var error: StoredStream

    /// Writes the files that are needed. Their names are still to be synced.
    init(_ outcome: Outcome, of task: TaskID, attempt: Int, in files: OutputFiles) throws(StoreFault) {
        standard = try StoredStream(outcome.output) { () throws(StoreFault) in
            try files.write(outcome.output, to: files.path(task, attempt, .stdout))
        }
        error = try StoredStream(outcome.errorOutput) { () throws(StoreFault) in
            try files.write(outcome.errorOutput, to: files.path(task, attempt, .stderr))
        }
    }

    var hasFiles: Bool { standard.place != nil || error.place != nil }

    /// Whether any byte is kept; else there is no row.
    var isEmpty: Bool { !hasFiles && standard.isEmpty && error.isEmpty }

    /// As `TaskRow.outputChecksum` makes it; nil when there is no row.
    var checksum: Int64? {
        guard !isEmpty else { return nil }
        var checksum = Checksum()
        for stream in [standard, error] {
            checksum.take(stream.head)
            checksum.take(stream.tail)
        }
        for place in [standard.place, error.place] {
            guard let place else {
                for _ in 0..<3 { checksum.takeNothing() }
                continue
            }
            checksum.take(Int64(place.headBytes))
            checksum.take(Int64(place.tailBytes))
            checksum.take(place.checksum)
        }
        return checksum.value
    }

    /// Ten columns, in the order of `columns`.
    func bind(to statement: SQLiteStatement) {
        for stream in [standard, error] {
            statement.bind(stream.head)
            statement.bind(stream.tail)
        }
        for place in [standard.place, error.place] {
            statement.bind(place.map { Int64($0.headBytes) })
            statement.bind(place.map { Int64($0.tailBytes) })
            statement.bind(place?.checksum)
        }
    }

    static let columns = """
        head, tail, error_head, error_tail, head_bytes, tail_bytes, file_checksum, error_head_bytes, \
        error_tail_bytes, error_file_checksum
        """
}

struct StoredStream {
    var head: [UInt8] = []
    var tail: [UInt8] = []
    /// Nil when the bytes stand in the row.
    var place: OutputPlace?

    var isEmpty: Bool { head.isEmpty && tail.isEmpty }

    fileprivate init(
        _ output: CapturedOutput, write: () throws(StoreFault) -> OutputPlace
    ) throws(StoreFault) {
        if output.head.count + output.tail.count > OutputFiles.longestInRow {
            place = try write()
        } else {
            (head, tail) = (output.head, output.tail)
        }
    }
}

extension SQLiteStatement {
    /// Three columns; nil when they are null.
    func outputPlace(_ column: Int32) -> OutputPlace? {
        guard let checksum = optionalNumber(column + 2), number(column) >= 0, number(column + 1) >= 0 else {
            return nil
        }
        return OutputPlace(
            headBytes: Int(number(column)), tailBytes: Int(number(column + 1)), checksum: checksum)
    }
}

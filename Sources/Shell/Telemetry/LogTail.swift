import Glibc
import JSON
import UV

/// What the end of a log says: how far it goes, and whether a crash cut its last line.
struct LogTail: Equatable {
    /// The number of the last complete line that has one.
    var lastSequence: UInt64?
    var end = End.clean

    enum End: Equatable {
        /// The file is empty or ends with a newline.
        case clean
        /// The last line is whole, only its newline is missing.
        case newlineMissing
        /// So many bytes at the end are the beginning of a line.
        case torn(byteCount: Int)
        /// No line of ours begins like this.
        case foreign
    }

    /// How many bytes are read back at most in search of a line: first a few, then more.
    private static let windows = [64 << 10, 1 << 20, 8 << 20]
    /// How each of our lines begins.
    private static let beginning = Array(#"{"timestamp":""#.utf8)

    static func read(from file: borrowing OpenFile, size: Int) throws(UVFault) -> LogTail {
        var tail = LogTail(window: [], isWholeFile: true)
        for window in windows {
            let start = max(0, size - window)
            tail = LogTail(window: try file.read(size - start, at: start), isWholeFile: start == 0)
            if start == 0 || tail.lastSequence != nil && tail.end != .foreign { break }
        }
        return tail
    }

    /// - Parameters:
    ///   - window: the last bytes of a file.
    ///   - isWholeFile: they are all its bytes.
    init(window: [UInt8], isWholeFile: Bool) {
        let newline = UInt8(ascii: "\n")
        let lineStart = window.lastIndex(of: newline).map { $0 + 1 }
        let lastLine = window[(lineStart ?? 0)...]
        var complete = window[..<(lineStart ?? 0)]
        if !lastLine.isEmpty {
            end = lineStart == nil && !isWholeFile ? .foreign : Self.judge(lastLine)
            if end == .newlineMissing { complete = window[...] }
        }
        while lastSequence == nil, !complete.isEmpty {
            if complete.last == newline { complete.removeLast() }
            let start = complete.lastIndex(of: newline).map { $0 + 1 } ?? complete.startIndex
            lastSequence = Self.sequence(of: complete[start...])
            complete = complete[..<start]
        }
    }

    /// A fragment is cut off rather than ended with a newline: half a line would make every later reader
    /// stumble, and what it told is either in the store, from where transitions are written again, or was one
    /// of many.
    private static func judge(_ fragment: ArraySlice<UInt8>) -> End {
        if (try? JSONValue(parsing: fragment.span))?.objectValue != nil { return .newlineMissing }
        // A power failure can leave zeros where the file was already longer but its bytes not yet on disk.
        let text = fragment.prefix(
            1 + (fragment.lastIndex { $0 != 0 } ?? fragment.startIndex - 1) - fragment.startIndex)
        let isOurs = text.starts(with: beginning) || beginning.starts(with: text)
        return isOurs ? .torn(byteCount: fragment.count) : .foreign
    }

    private static func sequence(of line: ArraySlice<UInt8>) -> UInt64? {
        guard let number = (try? JSONValue(parsing: line.span))?["seq"]?.int64Value else { return nil }
        return UInt64(exactly: number)
    }
}

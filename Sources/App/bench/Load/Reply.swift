/// What a good answer looks like.
enum ReplyForm {
    /// HTTP/1.1 with this status and a Content-Length.
    case http(status: Int)
    /// One line, CRLF at its end, that starts with this word.
    case line(String)
}

/// Finds the end of one answer in bytes that come in pieces.
struct ReplyScan {
    enum Progress: Equatable {
        case needsMore
        case complete
        case wrong
    }

    private let form: ReplyForm
    private let start: [UInt8]
    /// The answer so far, when it comes in pieces; and the last whole one.
    private(set) var bytes: [UInt8] = []
    private var usualCount = 0

    init(_ form: ReplyForm) {
        self.form = form
        switch form {
        case .http(let status): start = Array("HTTP/1.1 \(status) ".utf8)
        case .line(let word): start = Array(word.utf8)
        }
    }

    /// Takes what came. An answer as long as the one before and with its start is not looked at further, so
    /// that the load costs little.
    mutating func take(_ input: Span<UInt8>, isNew: Bool) -> Progress {
        if isNew, input.count == usualCount {
            return startsWell(input) ? .complete : .wrong
        }
        if isNew { bytes.removeAll(keepingCapacity: true) }
        for index in input.indices { bytes.append(input[index]) }
        guard let count = wholeCount else { return .needsMore }
        guard count <= bytes.count else { return .needsMore }
        // One request is outstanding, so nothing may come behind its answer.
        guard count == bytes.count, startsWell(bytes.span) else { return .wrong }
        usualCount = count
        return .complete
    }

    private func startsWell(_ input: Span<UInt8>) -> Bool {
        guard input.count >= start.count else { return false }
        for index in start.indices where input[index] != start[index] { return false }
        return true
    }

    /// The length of the whole answer; nil while it is not known.
    private var wholeCount: Int? {
        switch form {
        case .line: return bytes.firstIndex(of: 0x0A).map { $0 + 1 }
        case .http:
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
            let head = String(decoding: bytes[..<end], as: UTF8.self)
            for line in head.split(separator: "\r\n") {
                guard line.lowercased().hasPrefix("content-length:") else { continue }
                let value = line.split(separator: ":").last?.filter { $0 != " " } ?? ""
                return Int(value).map { end + $0 }
            }
            return end
        }
    }
}

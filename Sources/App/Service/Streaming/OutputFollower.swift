import HTTPServing
import HTTPWire
import JSON
import Tasks

/// A client that follows one of the streams that a task's attempts write.
final class OutputFollower {
    let task: TaskID
    let source: OutputStream
    /// Nil before the answer has begun, and when it is over.
    var stream: HTTPStream?
    var state = State.live
    /// The task has ended, and what is known of it may be older.
    var endCame = false
    /// The client is being waited for.
    var isWaiting = false
    private(set) var position: OutputPosition
    private var wasSpokenTo = false

    enum State {
        /// What an attempt writes is asked of its bot. → attemptOver, ended
        case live
        /// Another attempt may follow. → live, ended
        case attemptOver(Int, CapturedOutput)
        /// All there is. For ever.
        case ended(TaskRecord)
    }

    init(_ task: TaskID, _ source: OutputStream, after position: OutputPosition) {
        (self.task, self.source, self.position) = (task, source, position)
    }

    /// Turns to an attempt; what it had not been told of the one before is lost.
    func turn(to attempt: Int) {
        guard attempt != position.attempt else { return }
        if case .attemptOver(position.attempt, let output) = state, output.byteCount > position.offset {
            skip(to: output.byteCount)
        }
        position = OutputPosition(attempt: attempt, offset: 0)
    }

    /// Sends a part of the present attempt's output.
    ///
    /// - Parameter isAll: whether nothing comes behind it, so that no half character is held back.
    /// - Returns: false when there was nothing to send.
    func send(_ part: OutputPart, isAll: Bool) -> Bool {
        if part.bytes.isEmpty { return false }
        if part.offset > position.offset { skip(to: part.offset) }
        let whole = OutputText.wholeCount(part.bytes)
        let isHalf = whole < part.bytes.count && !(isAll && whole == 0)
        let bytes = isHalf ? Array(part.bytes[..<whole]) : part.bytes
        guard !bytes.isEmpty else { return false }
        let start = position.offset
        position.offset += bytes.count
        send("output", id: position.text) { writer in
            writer.member("attempt", position.attempt)
            writer.member("offset", start)
            OutputText.write(bytes, to: &writer)
        }
        return true
    }

    func sendEnd(_ record: TaskRecord, _ output: CapturedOutput) {
        send("end", id: OutputPosition.end) { writer in
            writer.member("status", record.status.rawValue)
            writer.member("attempt", record.attempts)
            writer.member("bytes", output.byteCount)
            writer.member("truncated", output.isTruncated)
        }
    }

    private func skip(to offset: Int) {
        let start = position.offset
        position.offset = offset
        send("gap", id: position.text) { writer in
            writer.member("attempt", position.attempt)
            writer.member("offset", start)
            writer.member("bytes", offset - start)
        }
    }

    private func send(_ name: String, id: String, _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(reserving: 128)
        writer.object(members)
        var bytes: [UInt8] = []
        ServerSentEvent(id: id, name: name, data: writer.finish()).append(to: &bytes)
        wasSpokenTo = true
        stream?.send(HTTPPiece(bytes))
    }

    func breakSilence() {
        if !wasSpokenTo { stream?.send(SilenceTimer.comment) }
        wasSpokenTo = false
    }
}

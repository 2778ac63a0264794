/// What is said to whoever started the program. It is written at once, not when a buffer is full: the reader
/// may be another program that waits for this line. When nobody can get it any more, that is no failure.
enum Console {
    static func say(_ line: String) { show(Array((line + "\n").utf8)) }

    static func complain(_ line: String) {
        try? Descriptor.errorOutput.write(Array((line + "\n").utf8))
    }

    /// Writes over the line the cursor is in; for terminals only.
    static func rewriteLine(_ line: String) { show(Array("\r\u{1B}[K\(line)".utf8)) }

    /// Writes, and says whether anybody can still get it.
    static func canShow(_ bytes: [UInt8]) -> Bool {
        do throws(SystemFault) {
            try Descriptor.output.write(bytes)
            return true
        } catch {
            return false
        }
    }

    static func show(_ bytes: [UInt8]) { try? Descriptor.output.write(bytes) }
}

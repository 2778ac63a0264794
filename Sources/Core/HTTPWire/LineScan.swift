/// What became of looking for the end of a line.
enum LineScan {
    /// The storage ends with a whole line, CRLF included.
    case line
    /// The input is used up.
    case needsMore
    /// The line does not end within its limit.
    case tooLong
    /// An LF without a CR is next in the input.
    case bareLineFeed
    /// The byte before the next one is a CR, but the next one is no LF.
    case bareCarriageReturn
    /// A control character is next in the input.
    case controlCharacter
}

extension LineScan {
    /// What to say of a line that cannot be taken; nil for one that can.
    ///
    /// - Parameter next: where the next byte of the input stands in the message.
    func refusal(at next: Int, tooLong status: HTTPStatus, _ reason: String) -> HTTPRefusal? {
        switch self {
        case .line, .needsMore: nil
        case .tooLong: HTTPRefusal(status, reason, at: next)
        case .bareLineFeed: .malformed("A line ends with LF alone; it must end with CRLF.", at: next)
        case .bareCarriageReturn: .malformed("A CR is not followed by LF.", at: next - 1)
        case .controlCharacter: .malformed("A control character is not allowed here.", at: next)
        }
    }
}

/// Moves bytes from the input to the end of `storage` until a CRLF has been moved.
///
/// Nothing is remembered between calls: a storage that ends with CR is waiting for its LF, because a CR goes
/// nowhere else. So a line comes out the same in however many pieces it came in. A bare CR or LF, NUL and
/// every other control character but the tab ends the scan where it stands.
///
/// - Parameter limit: the number of bytes the storage may hold at most.
func scanLine(
    _ input: Span<UInt8>, from position: inout Int, into storage: inout [UInt8], limit: Int
) -> LineScan {
    let start = position
    let end = min(input.count, start + max(0, limit - storage.count))
    var index = start
    var endsWithReturn = storage.last == .carriageReturn
    if !endsWithReturn {
        index += input.extracting(start..<end).countBeforeControl
        if index < end, input[index] == .carriageReturn {
            endsWithReturn = true
            index += 1
        }
    }
    let outcome: LineScan
    switch (index < end, endsWithReturn) {
    case (false, _):
        outcome = index < input.count ? .tooLong : .needsMore
    case (true, true):
        outcome = input[index] == .lineFeed ? .line : .bareCarriageReturn
    case (true, false):
        outcome = input[index] == .lineFeed ? .bareLineFeed : .controlCharacter
    }
    if case .line = outcome { index += 1 }
    storage.append(input, start..<index)
    position = index
    return outcome
}

extension Span<UInt8> {
    /// How many bytes stand before the first control character. Sixteen are looked at without a branch, which
    /// the compiler turns into vectors.
    fileprivate var countBeforeControl: Int {
        var count = 0
        while count &+ 16 <= self.count {
            let block = extracting(count..<count &+ 16)
            var found: UInt8 = 0
            for offset in 0..<16 { found |= block[offset].controlBit }
            if found != 0 { break }
            count &+= 16
        }
        while count < self.count, !self[count].isControl { count &+= 1 }
        return count
    }
}

extension UInt8 {
    @inline(__always)
    fileprivate var controlBit: UInt8 {
        (self < 0x20 ? 1 : 0) & (self != .tab ? 1 : 0) | (self == 0x7F ? 1 : 0)
    }
}

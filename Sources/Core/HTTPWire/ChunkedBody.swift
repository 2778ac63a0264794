/// Takes the chunked framing off a body (RFC 9112, section 7.1). Extensions and trailers are checked and
/// dropped.
struct ChunkedBody {
    enum Progress {
        case needsMore
        case complete
        /// The offset is a place of the input, below zero when the flaw started in an earlier piece.
        case refused(HTTPRefusal)
    }

    private enum State {
        /// → data, trailers
        case sizeLine
        /// → dataReturn
        case data(remaining: Int)
        /// The CR after the data. → dataLineFeed
        case dataReturn
        /// → sizeLine
        case dataLineFeed
        /// → the end
        case trailers
    }

    private var state = State.sizeLine
    /// The size or trailer line being collected.
    private var line: [UInt8] = []
    private var extensionBytes = 0
    private var trailerBytes = 0

    mutating func reset() {
        state = .sizeLine
        line.removeAll(keepingCapacity: true)
        (extensionBytes, trailerBytes) = (0, 0)
    }

    mutating func decode(
        _ input: Span<UInt8>, from position: inout Int, into body: inout [UInt8], limits: HTTPLimits
    ) -> Progress {
        while true {
            let progress: Progress?
            switch state {
            case .sizeLine:
                progress = takeSizeLine(input, from: &position, bodyCount: body.count, limits: limits)
            case .data(let remaining):
                progress = takeData(input, from: &position, into: &body, remaining: remaining)
            case .dataReturn:
                progress = take(.carriageReturn, from: input, at: &position, then: .dataLineFeed)
            case .dataLineFeed:
                progress = take(.lineFeed, from: input, at: &position, then: .sizeLine)
            case .trailers:
                progress = takeTrailer(input, from: &position, limits: limits)
            }
            if let progress { return progress }
        }
    }

    private mutating func takeData(
        _ input: Span<UInt8>, from position: inout Int, into body: inout [UInt8], remaining: Int
    ) -> Progress? {
        let count = min(remaining, input.count - position)
        body.append(input, position..<position + count)
        position += count
        state = remaining == count ? .dataReturn : .data(remaining: remaining - count)
        return remaining == count ? nil : .needsMore
    }

    private mutating func take(
        _ byte: UInt8, from input: Span<UInt8>, at position: inout Int, then next: State
    ) -> Progress? {
        guard position < input.count else { return .needsMore }
        guard input[position] == byte else {
            return .refused(.malformed("A chunk does not end with CRLF where its size says.", at: position))
        }
        position += 1
        state = next
        return nil
    }
}

// MARK: - Size lines

extension ChunkedBody {
    private mutating func takeSizeLine(
        _ input: Span<UInt8>, from position: inout Int, bodyCount: Int, limits: HTTPLimits
    ) -> Progress? {
        let scan = scanLine(input, from: &position, into: &line, limit: limits.chunkLineBytes)
        if case .needsMore = scan { return .needsMore }
        if let refusal = scan.refusal(at: position, tooLong: .badRequest, "A chunk-size line is too long.") {
            return .refused(refusal)
        }
        let start = position - line.count
        let (size, digits) = leadingSize(limit: limits.bodyBytes)
        guard digits > 0, hasExtensionOrNothing(after: digits) else {
            return .refused(.malformed("A chunk size is not a plain hexadecimal number.", at: start))
        }
        guard size <= limits.bodyBytes - bodyCount else {
            let reason = "The body is longer than \(limits.bodyBytes) bytes."
            return .refused(HTTPRefusal(.contentTooLarge, reason, at: start))
        }
        extensionBytes += line.count - 2 - digits
        guard extensionBytes <= limits.chunkExtensionBytes else {
            return .refused(.malformed("The chunk extensions are too long.", at: start))
        }
        line.removeAll(keepingCapacity: true)
        state = size == 0 ? .trailers : .data(remaining: size)
        return nil
    }

    /// The size, which stops growing once it is over the limit, and how many digits it has.
    private func leadingSize(limit: Int) -> (size: Int, digits: Int) {
        let stop = min(limit, .max / 32)
        var (size, digits) = (0, 0)
        for byte in line {
            guard let value = byte.hexadecimalValue else { break }
            if size <= stop { size = size << 4 | Int(value) }
            digits += 1
        }
        return (size, digits)
    }

    /// Blanks are allowed only before the semicolon of an extension (`BWS`), not at the end of the line.
    private func hasExtensionOrNothing(after digits: Int) -> Bool {
        let end = line.count - 2
        if digits == end { return true }
        var index = digits
        while index < end, line[index].isBlank { index += 1 }
        return index < end && line[index] == UInt8(ascii: ";")
    }
}

// MARK: - Trailers

extension ChunkedBody {
    private mutating func takeTrailer(
        _ input: Span<UInt8>, from position: inout Int, limits: HTTPLimits
    ) -> Progress? {
        // The empty line that ends the trailers does not count.
        let limit = limits.trailerBytes - trailerBytes + 2
        let scan = scanLine(input, from: &position, into: &line, limit: limit)
        if case .needsMore = scan { return .needsMore }
        let status = HTTPStatus.headerFieldsTooLarge
        if let refusal = scan.refusal(at: position, tooLong: status, Self.trailersTooLong) {
            return .refused(refusal)
        }
        guard line.count > 2 else { return .complete }
        if case .failure(let flaw) = FieldLine.parse(line.span, 0..<line.count - 2) {
            return .refused(flaw.moved(by: position - line.count))
        }
        trailerBytes += line.count
        guard trailerBytes <= limits.trailerBytes else {
            return .refused(HTTPRefusal(status, Self.trailersTooLong, at: position))
        }
        line.removeAll(keepingCapacity: true)
        return nil
    }

    private static var trailersTooLong: String { "The trailers are too long." }
}

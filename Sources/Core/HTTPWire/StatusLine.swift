/// `HTTP/1.1 SP 200 SP reason`. The space before an absent reason may be missing, as many servers leave it
/// out.
enum StatusLine {
    static func parse(
        _ bytes: Span<UInt8>, _ line: Range<Int>
    ) -> Result<(version: HTTPVersion, status: HTTPStatus), HTTPRefusal> {
        let start = line.lowerBound
        guard line.count >= 12, bytes[start + 8] == .space,
            line.count == 12 || bytes[start + 12] == .space
        else {
            return .failure(.malformed("The status line is malformed.", at: start))
        }
        let version: HTTPVersion
        switch HTTPVersion.parse(bytes, start..<start + 8) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let parsed): version = parsed
        }
        var code = 0
        for index in start + 9..<start + 12 {
            guard bytes[index].isDigit else {
                return .failure(.malformed("The status is not a number.", at: index))
            }
            code = code * 10 + Int(bytes[index] - 0x30)
        }
        guard (100...599).contains(code) else {
            return .failure(.malformed("The status is not between 100 and 599.", at: start + 9))
        }
        return .success((version, HTTPStatus(code)))
    }
}

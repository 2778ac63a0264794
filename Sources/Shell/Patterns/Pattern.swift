import CPCRE2
import OutcomeRules

/// A pattern of PCRE2, ready to be looked for.
///
/// It is matched as UTF-8, so that a class of characters or a caseless letter may be any of Unicode's, and
/// with PCRE2_MATCH_INVALID_UTF, so that bytes which are none do not stop anything: they match nothing, and
/// what is around them is seen. There is no just-in-time compilation: it wants memory that is writable and
/// executable, and the limits would count other things than here.
///
/// PCRE2's own match limit counts only where a match could go back, anew for each place of the text, so that
/// `[^x]*?limit` stays within 200,000 and takes 23 seconds on 64 KiB. So every item of the pattern is
/// compiled with a callout before it (PCRE2_AUTO_CALLOUT), and these count what is done: see `Effort`.
// Safe: the code is only handed to the engine, and is freed when nobody has the pattern any more.
@safe final class Pattern {
    let groupCount: Int
    /// The steps that it takes to go over one byte of the text, at most.
    let stepsPerByte: Int
    /// The steps that it takes to try one item, with those that the item hides.
    let stepsPerItem: Int
    let code: OpaquePointer

    init(_ text: String) throws(PatternFault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= RuleLimits.patternBytes else { throw .tooLong(bytes: bytes.count) }
        let shape = try PatternShape(bytes)
        stepsPerByte = 1 + shape.classBytes
        stepsPerItem = 15 + shape.leastRepeats * stepsPerByte
        unsafe code = try Self.compile(bytes)
        groupCount = unsafe Self.number(PCRE2_INFO_CAPTURECOUNT, of: code)
        // To compare with what was captured goes over many characters, none of which would be counted.
        if unsafe Self.number(PCRE2_INFO_BACKREFMAX, of: code) > 0 { throw .backreference }
    }

    deinit { unsafe pcre2_code_free_8(code) }

    private static func compile(_ bytes: [UInt8]) throws(PatternFault) -> OpaquePointer {
        var (error, offset) = (Int32(0), 0)
        let options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C
        // Safe: the pattern is as long as the call is told, and lives through it; nothing of it is kept.
        let code = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe pcre2_compile_8(buffer.baseAddress, buffer.count, options, &error, &offset, nil)
        }
        guard let code = unsafe code else { throw .invalid(message: message(error), offset: offset) }
        return unsafe code
    }

    private static func message(_ error: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        // Safe: the call writes at most as many bytes as it is told there are.
        let length = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe pcre2_get_error_message_8(error, buffer.baseAddress, buffer.count)
        }
        return length > 0 ? String(decoding: text[..<Int(length)], as: UTF8.self) : "error \(error)"
    }

    private static func number(_ question: Int32, of code: OpaquePointer) -> Int {
        var number: UInt32 = 0
        // Safe: both questions are answered with a 32-bit number.
        let result = unsafe pcre2_pattern_info_8(code, UInt32(question), &number)
        precondition(result == 0, "pcre2_pattern_info(\(question)): \(result)")
        return Int(number)
    }
}

@available(*, unavailable)
extension Pattern: Sendable {}

/// Why a text is no pattern for a rule.
package enum PatternFault: Error, Hashable, CustomStringConvertible {
    case tooLong(bytes: Int)
    /// - Parameter offset: how many bytes stand before the place.
    case invalid(message: String, offset: Int)
    case backreference
    case tooManyRepeats(least: Int)
    case classTooLarge(bytes: Int)

    package var description: String {
        switch self {
        case .tooLong(let bytes): "has \(bytes) bytes; a pattern has at most \(RuleLimits.patternBytes)"
        case .invalid(let message, let offset): "is no pattern: \(message) at offset \(offset)"
        case .classTooLarge(let bytes):
            "has a class with \(bytes) bytes beyond ASCII; it can have at most \(RuleLimits.classBytes)"
        case .backreference: "refers back to a group, which a rule's pattern cannot"
        case .tooManyRepeats(let least):
            "asks for at least \(least) times the same; at most \(RuleLimits.leastRepeats) can be asked for"
        }
    }
}

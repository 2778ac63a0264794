import ArgumentParser
import Glibc

struct DemoBotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-bot",
        abstract: "The bot of the demo: reads one command on its standard input and does it.",
        shouldDisplay: false)

    func run() throws {
        let text = String(decoding: try Descriptor.input.readToEnd(), as: UTF8.self)
        guard let order = DemoOrder(text) else {
            Console.complain("demo-bot does not know this command: \(text)")
            throw Ending.badUsage.exit
        }
        let code = order.carryOut()
        if code != 0 { throw ExitCode(code) }
    }
}

/// What a demo bot can be told to do.
enum DemoOrder: Equatable {
    case echo(String)
    case fail(Int32)
    case sleep(seconds: Double)
    case sum([Int])
    case throttle(seconds: Int)
    case crash
    case noise(bytes: Int)

    /// The longest sleep and the most noise: a bot of a demo must come to an end.
    private static let longestSleep = 86_400.0
    private static let mostNoise = 1 << 30

    /// One command with its arguments; nil when it is none of them or an argument is wrong.
    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let verb = words.first else { return nil }
        let arguments = words.dropFirst()
        switch (verb, arguments.count) {
        case ("echo", _): self = .echo(Self.remainder(of: text, after: verb))
        case ("fail", 0): self = .fail(1)
        case ("fail", 1):
            guard let code = arguments.first.flatMap({ Int32($0) }), (1...255).contains(code) else {
                return nil
            }
            self = .fail(code)
        case ("sleep", 1):
            guard let seconds = arguments.first.flatMap({ Double($0) }),
                (0...Self.longestSleep).contains(seconds)
            else { return nil }
            self = .sleep(seconds: seconds)
        case ("sum", _):
            let numbers = arguments.compactMap { Int($0) }
            guard numbers.count == arguments.count else { return nil }
            self = .sum(numbers)
        case ("throttle", 1):
            guard let seconds = arguments.first.flatMap({ Int($0) }), seconds >= 0 else { return nil }
            self = .throttle(seconds: seconds)
        case ("crash", 0): self = .crash
        case ("noise", 1):
            guard let bytes = arguments.first.flatMap({ Int($0) }), (0...Self.mostNoise).contains(bytes)
            else { return nil }
            self = .noise(bytes: bytes)
        default: return nil
        }
    }

    /// The text behind the verb and one blank, as it came, without a line end behind it.
    private static func remainder(of text: String, after verb: Substring) -> String {
        var rest = text[verb.endIndex...].dropFirst()
        if rest.last?.isNewline == true { rest.removeLast() }
        return String(rest)
    }
}

extension DemoOrder {
    /// - Returns: the exit code.
    func carryOut() -> Int32 {
        switch self {
        case .echo(let text):
            Console.say(text)
        case .fail(let code):
            Console.complain("failing with exit code \(code), as told")
            return code
        case .sleep(let seconds):
            usleepFully(seconds: seconds)
        case .sum(let numbers):
            return add(numbers)
        case .throttle(let seconds):
            Console.complain("rate limited, retry after \(seconds)")
            return 75
        case .crash:
            _ = signal(SIGSEGV, SIG_DFL)
            _ = kill(getpid(), SIGSEGV)
            return 1
        case .noise(let bytes):
            makeNoise(bytes: bytes)
        }
        return 0
    }

    private func add(_ numbers: [Int]) -> Int32 {
        var sum = 0
        for number in numbers {
            let (next, overflow) = sum.addingReportingOverflow(number)
            guard !overflow else {
                Console.complain("the sum does not fit 64 bits")
                return 1
            }
            sum = next
        }
        Console.say(String(sum))
        return 0
    }

    private func usleepFully(seconds: Double) {
        var left = seconds
        while left > 0 {
            let part = min(left, 0.5)
            usleep(UInt32(part * 1_000_000))
            left -= part
        }
    }

    /// Lines of 64 bytes, so that a terminal can stand it.
    private func makeNoise(bytes: Int) {
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 63) + [UInt8(ascii: "\n")]
        let block = Array(repeatElement(line, count: 1024).joined())
        var left = bytes
        while left > 0 {
            Console.show(left < block.count ? Array(block[..<left]) : block)
            left -= block.count
        }
    }
}

import MonotonicTime

/// Tells how long the waiting goes on: on a terminal in one line that is written anew each second, elsewhere
/// in a line every five seconds.
final class Countdown {
    private let end: Instant
    private let isOnTerminal: Bool
    private var lastShown: Int64?

    init(
        of duration: Duration, from start: Instant, isOnTerminal: Bool = Descriptor.output.isTerminal
    ) {
        end = start.advanced(by: duration)
        self.isOnTerminal = isOnTerminal
    }

    func show(at now: Instant) {
        guard let line = nextLine(at: now) else { return }
        if isOnTerminal { Console.rewriteLine(line) } else { Console.say(line) }
    }

    /// What is to be shown now, if that is anything new.
    func nextLine(at now: Instant) -> String? {
        let left = max(0, now.duration(to: end).components.seconds)
        if let lastShown, isOnTerminal ? left == lastShown : left > lastShown - 5 { return nil }
        lastShown = left
        return "    Half-Open in \(left) s"
    }

    func finish() {
        if isOnTerminal { Console.rewriteLine("") }
    }
}

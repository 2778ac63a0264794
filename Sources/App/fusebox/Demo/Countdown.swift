import MonotonicTime

/// Tells how long the waiting goes on: on a terminal in one line that is written anew each second, elsewhere
/// in a line every five seconds.
final class Countdown {
    private let end: Instant
    private let isOnTerminal = Descriptor.output.isTerminal
    private var lastShown: Int64?

    init(of duration: Duration, from start: Instant) {
        end = start.advanced(by: duration)
    }

    func show(at now: Instant) {
        let left = max(0, now.duration(to: end).components.seconds)
        if isOnTerminal {
            guard left != lastShown else { return }
            Console.rewriteLine("    Half-Open in \(left) s")
        } else {
            if let lastShown, left > lastShown - 5 { return }
            Console.say("    Half-Open in \(left) s")
        }
        lastShown = left
    }

    func finish() {
        if isOnTerminal { Console.rewriteLine("") }
    }
}

import Foundation
import Synchronization

/// Threads that do the same thing at the same time, again and again.
enum Crowd {
    /// Runs `rounds` rounds on as many threads as told. All wait for each other before a round, and before
    /// `after`, which one of them runs, once per round.
    static func run(
        threads: Int, rounds: Int, _ body: @escaping @Sendable (_ thread: Int, _ round: Int) -> Void,
        after: @escaping @Sendable (_ round: Int) -> Void = { _ in }
    ) {
        let gate = Gate(threads)
        let done = DispatchGroup()
        for number in 0..<threads {
            done.enter()
            Thread.detachNewThread {
                for round in 0..<rounds {
                    gate.wait {}
                    body(number, round)
                    gate.wait { after(round) }
                }
                done.leave()
            }
        }
        done.wait()
    }
}

/// Opens when all have come, after the last of them has done something.
private final class Gate: Sendable {
    private let condition = NSCondition()
    private let count: Int
    private let state = Mutex((waiting: 0, round: 0))

    init(_ count: Int) {
        self.count = count
    }

    func wait(_ last: () -> Void) {
        condition.lock()
        defer { condition.unlock() }
        let round = state.withLock { state in
            state.waiting += 1
            return state.round
        }
        if state.withLock({ $0.waiting == count }) {
            last()
            state.withLock { $0 = (0, round + 1) }
            condition.broadcast()
        } else {
            while state.withLock({ $0.round == round }) { condition.wait() }
        }
    }
}

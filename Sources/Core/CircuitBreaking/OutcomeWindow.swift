import MonotonicTime

/// The last calls, as `WindowPolicy.Span` says, in a memory of fixed size. A call costs the same however many
/// the window holds.
struct OutcomeWindow: Hashable, Sendable {
    /// In how many steps a window of time moves.
    static let steps: Int64 = 32

    private enum Memory: Hashable, Sendable {
        case calls(CallRing)
        case time(TimeRing)
    }

    private var memory: Memory
    /// What is in the window, as of the last call.
    private(set) var counts = WindowCounts()

    init(_ span: WindowPolicy.Span) {
        switch span {
        case .calls(let count): memory = .calls(CallRing(capacity: count))
        case .time(let time): memory = .time(TimeRing(length: time.wholeNanoseconds))
        }
    }

    mutating func append(isFailure: Bool, isSlow: Bool, at now: Instant) {
        let call = WindowCounts(calls: 1, failures: isFailure ? 1 : 0, slow: isSlow ? 1 : 0)
        // Taken out while it is changed, so that its array is not copied.
        switch memory {
        case .calls(var ring):
            memory = .calls(.empty)
            counts.subtract(ring.replaceOldest(isFailure: isFailure, isSlow: isSlow))
            memory = .calls(ring)
        case .time(var ring):
            memory = .time(.empty)
            counts.subtract(ring.move(to: now))
            ring.add(call)
            memory = .time(ring)
        }
        counts.add(call)
    }

    /// What will be in the window at an instant if no call comes until then.
    func counts(at now: Instant) -> WindowCounts {
        guard case .time(var ring) = memory else { return counts }
        var left = counts
        left.subtract(ring.move(to: now))
        return left
    }

    mutating func clear() {
        counts = WindowCounts()
        switch memory {
        case .calls(let ring): memory = .calls(CallRing(capacity: ring.capacity))
        case .time(let ring): memory = .time(TimeRing(stepLength: ring.stepLength))
        }
    }
}

/// Two bits per call, in words of 64 calls.
private struct CallRing: Hashable, Sendable {
    static let empty = CallRing(capacity: 0)

    let capacity: Int
    private var failures: [UInt64]
    private var slow: [UInt64]
    private var next = 0
    private var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        failures = Array(repeating: 0, count: (capacity + 63) / 64)
        slow = failures
    }

    /// Puts a call in the place of the oldest, and returns what that one counted.
    mutating func replaceOldest(isFailure: Bool, isSlow: Bool) -> WindowCounts {
        let (word, mask) = (next >> 6, UInt64(1) << UInt64(next & 63))
        var old = WindowCounts()
        if count == capacity {
            old.calls = 1
            old.failures = failures[word] & mask == 0 ? 0 : 1
            old.slow = slow[word] & mask == 0 ? 0 : 1
        } else {
            count += 1
        }
        failures[word] = isFailure ? failures[word] | mask : failures[word] & ~mask
        slow[word] = isSlow ? slow[word] | mask : slow[word] & ~mask
        next = next + 1 == capacity ? 0 : next + 1
        return old
    }
}

/// Sums per step of time. The steps begin at multiples of their length on the monotonic clock.
private struct TimeRing: Hashable, Sendable {
    static let empty = TimeRing(stepLength: 1, sums: [])

    let stepLength: Int64
    private var sums: [WindowCounts]
    /// The number of the step that is being filled; nil before the first call.
    private var current: Int64?

    init(length: Int64) {
        self.init(stepLength: max(1, length / OutcomeWindow.steps))
    }

    init(stepLength: Int64) {
        self.init(
            stepLength: stepLength, sums: Array(repeating: WindowCounts(), count: Int(OutcomeWindow.steps)))
    }

    private init(stepLength: Int64, sums: [WindowCounts]) {
        self.stepLength = stepLength
        self.sums = sums
    }

    /// Goes to the step of an instant, and returns what has left the window by that.
    mutating func move(to now: Instant) -> WindowCounts {
        let step = now.nanoseconds.floorDivided(by: stepLength)
        var gone = WindowCounts()
        guard let current, step > current else {
            if current == nil { current = step }
            return gone
        }
        // After a long pause all steps are old: going round once is enough.
        let first = max(current + 1, step - OutcomeWindow.steps + 1)
        for number in first...step {
            let place = place(of: number)
            gone.add(sums[place])
            sums[place] = WindowCounts()
        }
        self.current = step
        return gone
    }

    mutating func add(_ call: WindowCounts) {
        guard let current else {
            preconditionFailure("a window of time takes calls after it was moved to now")
        }
        sums[place(of: current)].add(call)
    }

    private func place(of step: Int64) -> Int {
        Int(step & (OutcomeWindow.steps - 1))
    }
}

extension Int64 {
    /// Divides, rounding down also below zero.
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}

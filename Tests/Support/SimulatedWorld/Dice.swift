import SeededRandom

/// Choices that hang on what is chosen for, not on what was chosen before: when a part of a history is taken
/// away, the rest of it stays as it was.
struct Dice {
    private var numbers: SplitMix64

    init(_ seed: UInt64, _ purpose: Purpose, _ number: UInt64, _ other: UInt64 = 0) {
        var mixer = SplitMix64(seed: seed &+ UInt64(purpose.rawValue) << 56)
        let first = mixer.next() ^ number
        var second = SplitMix64(seed: first)
        numbers = SplitMix64(seed: second.next() ^ other)
    }

    enum Purpose: UInt8 {
        case plan, stimulus, attempt, stop, commit, restart, timer, order, script
    }

    mutating func roll(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(numbers.next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func chance(_ percent: Int) -> Bool { roll(1...100) <= percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[roll(0...choices.count - 1)] }
}

/// Virtual time is counted in nanoseconds from the start of the history.
typealias Ticks = Int64

extension Ticks {
    static func milliseconds(_ count: Int) -> Ticks { Ticks(count) * 1_000_000 }
    static func microseconds(_ count: Int) -> Ticks { Ticks(count) * 1000 }

    var roundedUpToMillisecond: Ticks { (self + 999_999) / 1_000_000 * 1_000_000 }
}

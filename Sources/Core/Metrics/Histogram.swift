/// How often observed values were within each of some fixed bounds, with their sum. Observing allocates
/// nothing.
package struct Histogram: Equatable, Sendable {
    /// The upper bounds of the buckets, rising; a value equal to a bound is within it.
    package let bounds: [Double]
    /// How many values each bucket holds that no lower one does; the last is for those above all bounds.
    package private(set) var counts: [UInt64]
    /// The sum of all observed values.
    package private(set) var sum = 0.0

    /// - Precondition: the bounds rise, are finite, and there is at least one.
    package init(bounds: [Double]) {
        precondition(!bounds.isEmpty && bounds.allSatisfy(\.isFinite), "a histogram needs finite bounds")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds rise: \(bounds)")
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    /// How many values were observed.
    package var count: UInt64 { counts.reduce(0, +) }

    /// - Precondition: the value is a number; infinity would never leave the sum again.
    package mutating func observe(_ value: Double) {
        precondition(value.isFinite, "a histogram observed \(value)")
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += value
    }
}

extension Histogram {
    /// For what a disk takes, in seconds: from 50 µs to 5 s.
    package static var diskSeconds: Histogram {
        Histogram(bounds: [
            0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
            1, 2.5, 5,
        ])
    }

    /// For how many things were done at once: powers of two up to 4,096.
    package static var batchSizes: Histogram {
        Histogram(bounds: (0...12).map { Double(1 << $0) })
    }
}

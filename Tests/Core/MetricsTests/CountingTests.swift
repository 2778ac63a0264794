import Metrics
import SeededRandom
import Testing

@Suite("Counting")
struct CountingTests {
    @Test("a value equal to a bound is within it")
    func bounds() {
        var histogram = Histogram(bounds: [1, 2])
        for value in [1, 1.000_1, 2, 2.000_1, -5] { histogram.observe(value) }
        #expect(histogram.counts == [2, 2, 1])
        #expect(histogram.count == 5)
        #expect(abs(histogram.sum - 1.000_2) < 1e-9)
    }

    @Test(
        "every observed value is in exactly the first bucket that holds it", arguments: [1, 2, 3] as [UInt64])
    func everyValue(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var histogram = Histogram.diskSeconds
        var values: [Double] = []
        for _ in 0..<2000 {
            let value = Double.random(in: 0...6, using: &random)
            values.append(value)
            histogram.observe(value)
        }
        var cumulative: UInt64 = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            cumulative += count
            #expect(cumulative == UInt64(values.count { $0 <= bound }), "seed \(seed), bound \(bound)")
        }
        #expect(histogram.count == 2000)
    }

    @Test("bounds that do not rise, or are no numbers, are a bug, and so is a value that is none")
    func badBounds() async {
        await #expect(processExitsWith: .failure) { _ = Histogram(bounds: []) }
        await #expect(processExitsWith: .failure) { _ = Histogram(bounds: [1, 1]) }
        await #expect(processExitsWith: .failure) { _ = Histogram(bounds: [1, .infinity]) }
        await #expect(processExitsWith: .failure) {
            var histogram = Histogram(bounds: [1])
            histogram.observe(.nan)
        }
    }

    @Test("the bounds that come with it rise")
    func ownBounds() {
        #expect(Histogram.diskSeconds.counts.count == 17)
        #expect(Histogram.batchSizes.bounds.first == 1 && Histogram.batchSizes.bounds.last == 4096)
    }

    @Test("each place of a table counts for itself")
    func table() {
        var table = CounterTable(rows: 3, columns: 4)
        for row in 0..<3 {
            for column in 0..<4 { for _ in 0..<(row * 4 + column) { table.count(row, column) } }
        }
        for row in 0..<3 { for column in 0..<4 { #expect(table[row, column] == UInt64(row * 4 + column)) } }
    }

    @Test("a place outside a table is a bug, also where the array would still have one")
    func outside() async {
        await #expect(processExitsWith: .failure) { _ = CounterTable(rows: 2, columns: 2)[0, 2] }
        await #expect(processExitsWith: .failure) { _ = CounterTable(rows: 2, columns: 2)[-1, 2] }
        await #expect(processExitsWith: .failure) { _ = CounterTable(rows: 2, columns: 2)[2, 0] }
    }
}

import Dispatching
import MonotonicTime
import SeededRandom
import Tasks
import Testing

@Suite("Due times")
struct DueTimesTests {
    var times = DueTimes()

    @Test("come in their order, and not before")
    mutating func order() {
        times.set(task(1), at: at(seconds: 3))
        times.set(task(2), at: at(seconds: 1))
        times.set(task(3), at: at(seconds: 2))
        #expect(times.earliest == at(seconds: 1) && times.count == 3)
        #expect(times.removeDue(at: at(seconds: 0.9)) == nil)
        #expect(times.removeDue(at: at(seconds: 2)) == task(2))
        #expect(times.removeDue(at: at(seconds: 2)) == task(3))
        #expect(times.removeDue(at: at(seconds: 2)) == nil && times[task(1)] == at(seconds: 3))
    }

    @Test("taken back or set anew do not come at the old time")
    mutating func takenBack() {
        times.set(task(1), at: at(seconds: 1))
        times.set(task(2), at: at(seconds: 2))
        #expect(times.remove(task(1)))
        #expect(!times.remove(task(1)))
        #expect(times.earliest == at(seconds: 2))
        times.set(task(2), at: at(seconds: 5))
        #expect(times.earliest == at(seconds: 5) && times.removeDue(at: at(seconds: 4)) == nil)
        times.set(task(2), at: at(seconds: 1))
        #expect(times.removeDue(at: at(seconds: 4)) == task(2))
        #expect(times.earliest == nil && times.isEmpty)
    }

    @Test("do what a dictionary does that is searched through", arguments: UInt64(1)...20)
    mutating func likeADictionary(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var model: [TaskID: Instant] = [:]
        var now = 0.0
        for step in 0..<2000 {
            let one = task(UInt64.random(in: 0..<40, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let due = model.filter { $0.value <= at(seconds: now) }
                    .min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
                if let due { model[due] = nil }
                #expect(times.removeDue(at: at(seconds: now)) == due, "seed \(seed), step \(step)")
            case 1:
                #expect(
                    times.remove(one) == (model.removeValue(forKey: one) != nil), "seed \(seed), step \(step)"
                )
            default:
                let time = at(seconds: now + Double(Int.random(in: 0..<50, using: &random)))
                model[one] = time
                times.set(one, at: time)
            }
            now += 0.25
            #expect(
                times.earliest == model.values.min() && times.count == model.count,
                "seed \(seed), step \(step)")
        }
    }
}

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
        let answer1 = times.removeDue(at: at(seconds: 0.9))
        #expect(answer1 == nil)
        let answer2 = times.removeDue(at: at(seconds: 2))
        #expect(answer2 == task(2))
        let answer3 = times.removeDue(at: at(seconds: 2))
        #expect(answer3 == task(3))
        let answer4 = times.removeDue(at: at(seconds: 2))
        #expect(answer4 == nil && times[task(1)] == at(seconds: 3))
    }

    @Test("taken back or set anew do not come at the old time")
    mutating func takenBack() {
        times.set(task(1), at: at(seconds: 1))
        times.set(task(2), at: at(seconds: 2))
        let answer5 = times.remove(task(1))
        #expect(answer5)
        let answer6 = times.remove(task(1))
        #expect(!answer6)
        #expect(times.earliest == at(seconds: 2))
        times.set(task(2), at: at(seconds: 5))
        let answer7 = times.removeDue(at: at(seconds: 4))
        #expect(times.earliest == at(seconds: 5) && answer7 == nil)
        times.set(task(2), at: at(seconds: 1))
        let answer8 = times.removeDue(at: at(seconds: 4))
        #expect(answer8 == task(2))
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
                let answer9 = times.removeDue(at: at(seconds: now))
                #expect(answer9 == due, "seed \(seed), step \(step)")
            case 1:
                let answer10 = times.remove(one)
                #expect(
                    answer10 == (model.removeValue(forKey: one) != nil), "seed \(seed), step \(step)"
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

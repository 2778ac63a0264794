import Dispatching
import SeededRandom
import Tasks
import Testing

func task(_ number: UInt64) -> TaskID { TaskID(high: number, low: 0) }

@Suite("Waiting tasks stand in the order of their age")
struct BacklogTests {
    @Test("A task costs no more than the two words of its id")
    func size() {
        #expect(MemoryLayout<TaskID>.size == 16)
        #expect(MemoryLayout<TaskID>.stride == 16)
    }

    @Test("An empty backlog gives nothing")
    func empty() {
        var backlog = Backlog()
        #expect(backlog.isEmpty && backlog.count == 0 && backlog.oldest == nil)
        let answer1 = backlog.removeOldest()
        #expect(answer1 == nil)
        let answer2 = backlog.remove(task(1))
        #expect(!answer2)
    }

    @Test("Whatever the order of coming, the oldest leaves first", arguments: UInt64(1)...20)
    func anyOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let numbers = Array(0..<UInt64(50))
        var backlog = Backlog()
        for number in numbers.shuffled(using: &random) { backlog.insert(task(number)) }
        #expect(backlog.count == 50)
        var left: [TaskID] = []
        while let next = backlog.removeOldest() { left.append(next) }
        #expect(left == numbers.map(task), "seed \(seed)")
    }

    @Test("The low half of the id decides when the high half is the same")
    func lowHalf() {
        var backlog = Backlog()
        for low in [UInt64(3), 1, 2] { backlog.insert(TaskID(high: 9, low: low)) }
        #expect(backlog.oldest == TaskID(high: 9, low: 1))
    }

    @Test("A task is taken out wherever it stands", arguments: [UInt64(0), 5, 9])
    func remove(number: UInt64) {
        var backlog = Backlog()
        for number in UInt64(0)..<10 { backlog.insert(task(number)) }
        let answer3 = backlog.remove(task(number))
        #expect(answer3)
        let answer4 = backlog.remove(task(number))
        #expect(!answer4)
        #expect(backlog.count == 9)
        #expect(backlog.oldest == task(number == 0 ? 1 : 0))
    }

    @Test("A backlog does what a sorted array does", arguments: UInt64(1)...20)
    func likeAnArray(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var backlog = Backlog()
        var model: [TaskID] = []
        for step in 0..<500 {
            let one = task(UInt64.random(in: 0..<60, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let answer5 = backlog.removeOldest()
                #expect(answer5 == (model.isEmpty ? nil : model.removeFirst()))
            case 1:
                let place = model.firstIndex(of: one)
                if let place { model.remove(at: place) }
                let answer6 = backlog.remove(one)
                #expect(answer6 == (place != nil), "seed \(seed), step \(step)")
            default:
                guard !model.contains(one) else { continue }
                backlog.insert(one)
                model = (model + [one]).sorted()
            }
            #expect(
                backlog.oldest == model.first && backlog.count == model.count, "seed \(seed), step \(step)")
        }
    }
}

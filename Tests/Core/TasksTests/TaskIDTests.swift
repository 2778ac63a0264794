import Testing

@testable import Tasks

@Suite("A task id")
struct TaskIDTests {
    private let text = "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b2"

    @Test func `is read from its text form and written the same`() throws {
        let id = try #require(TaskID(text))
        #expect(id.high == 0x0199_a1b2_c3d4_7e5f)
        #expect(id.low == 0x8a6b_7c8d_9e0f_a1b2)
        #expect(id.description == text)
        #expect("\(id)" == text)
    }

    @Test func `is read in either case and written in lower case`() throws {
        #expect(try #require(TaskID(text.uppercased())).description == text)
    }

    @Test func `keeps its leading zeroes`() {
        #expect(TaskID(high: 0, low: 1).description == "00000000-0000-0000-0000-000000000001")
        #expect(TaskID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }

    @Test func `comes back from its text, whatever its bits`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let id = TaskID(high: random.next(), low: random.next())
            #expect(TaskID(id.description) == id)
        }
    }

    @Test(arguments: [
        "", "0199a1b2", "0199a1b2c3d47e5f8a6b7c8d9e0fa1b2", "{0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b2}",
        "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b", "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b2a",
        "0199a1b2_c3d4-7e5f-8a6b-7c8d9e0fa1b2", "0199a1b-2c3d4-7e5f-8a6b-7c8d9e0fa1b2",
        "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1bg", "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1é",
        "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b ", "------------------------------------",
        "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b\0", "+199a1b2-c3d4-7e5f-8a6b-7c8d9e0fa1b2",
        "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f１",
    ])
    func `is nothing else`(text: String) {
        #expect(TaskID(text) == nil)
    }

    @Test func `can be read from a part of a longer text`() {
        let path = "/api/task/\(text)"
        #expect(TaskID(path.suffix(36))?.description == text)
    }

    @Test func `sorts as its text does`() {
        let texts = [
            "00000000-0000-7000-8000-000000000000", "00000000-0001-7000-8000-000000000000",
            "00000000-0001-7001-8000-000000000000", "00000000-0001-7001-bfff-ffffffffffff",
            "ffffffff-0000-7000-8000-000000000000",
        ]
        #expect(texts.compactMap { TaskID($0) }.shuffled().sorted().map(\.description) == texts)
    }
}

@Suite("The generator of task ids")
struct TaskIDGeneratorTests {
    @Test func `writes time, version, counter, variant and random bits where RFC 9562 wants them`() {
        var generator = TaskIDGenerator()
        let id = generator.next(at: WallTime(milliseconds: 0x0199_A1B2_C3D4), random: .max)
        #expect(id.description == "0199a1b2-c3d4-7000-bfff-ffffffffffff")
        let next = generator.next(at: WallTime(milliseconds: 0x0199_A1B2_C3D4), random: 0)
        #expect(next.description == "0199a1b2-c3d4-7001-8000-000000000000")
    }

    @Test func `rises while the clock stands, and borrows from the next millisecond when it runs out`() {
        var generator = TaskIDGenerator()
        let now = WallTime(milliseconds: 1000)
        let ids = (0..<10_000).map { _ in generator.next(at: now, random: 0) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
        #expect(ids[4095].high == 1000 << 16 | 0x7FFF)
        #expect(ids[4096].high == 1001 << 16 | 0x7000)
        #expect(ids.allSatisfy { $0.high >> 12 & 15 == 7 })
    }

    @Test func `rises while the clock goes back`() {
        var generator = TaskIDGenerator()
        let ids = stride(from: Int64(5000), to: 0, by: -7).map {
            generator.next(at: WallTime(milliseconds: $0), random: UInt64($0))
        }
        #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
    }

    @Test func `rises across a restart that finds the clock set back`() {
        var first = TaskIDGenerator()
        let last = first.next(at: WallTime(milliseconds: 1_000_000), random: .max)
        var second = TaskIDGenerator(after: last)
        let next = second.next(at: WallTime(milliseconds: 5), random: 0)
        #expect(next > last)
        #expect(second.next(at: WallTime(milliseconds: 2_000_000), random: 0).high >> 16 == 2_000_000)
    }

    @Test func `takes a clock before 1970 for 1970`() {
        var generator = TaskIDGenerator()
        let ids = (0..<3).map { _ in generator.next(at: WallTime(milliseconds: .min), random: 0) }
        #expect(ids.map(\.high) == [0x7001, 0x7002, 0x7003])
    }

    @Test func `stands at the last millisecond that 48 bits hold when the clock is beyond it`() {
        var generator = TaskIDGenerator()
        let id = generator.next(at: WallTime(milliseconds: .max), random: 0)
        #expect(id.description == "ffffffff-ffff-7000-8000-000000000000")
    }
}

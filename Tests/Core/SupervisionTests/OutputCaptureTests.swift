import SeededRandom
import Supervision
import Tasks
import Testing

@Suite("OutputCapture")
struct OutputCaptureTests {
    private func capture(_ chunks: [[UInt8]], limit: Int) -> CapturedOutput {
        var capture = OutputCapture(limit: limit)
        for chunk in chunks { capture.append(chunk.span) }
        #expect(capture.byteCount == chunks.reduce(0) { $0 + $1.count })
        return capture.captured
    }

    private func expected(_ bytes: [UInt8], limit: Int) -> CapturedOutput {
        guard bytes.count > limit else { return CapturedOutput(head: bytes) }
        let headCount = (limit + 3) / 4
        return CapturedOutput(
            head: Array(bytes.prefix(headCount)), tail: Array(bytes.suffix(limit - headCount)),
            byteCount: bytes.count)
    }

    @Test("nothing is nothing", arguments: [0, 1, 2, 100])
    func empty(limit: Int) {
        #expect(capture([], limit: limit) == CapturedOutput())
        #expect(capture([[], []], limit: limit) == CapturedOutput())
    }

    @Test("up to the limit everything is kept, and nothing is truncated")
    func whole() {
        let bytes = [UInt8](0..<100)
        let captured = capture(bytes.map { [$0] }, limit: 100)
        #expect(captured == CapturedOutput(head: bytes))
        #expect(captured.tail.isEmpty)
        #expect(!captured.isTruncated)
    }

    @Test("one byte more, and head and tail are kept, with the exact count")
    func oneMore() {
        let bytes = [UInt8](0..<101)
        let captured = capture([bytes], limit: 100)
        #expect(captured.head == [UInt8](0..<25))
        #expect(captured.tail == [UInt8](26..<101))
        #expect(captured.byteCount == 101)
        #expect(captured.isTruncated)
    }

    @Test("what is left over by a quarter goes to the head; small limits keep their promise")
    func smallLimits() {
        let bytes = [UInt8](0..<10)
        #expect(capture([bytes], limit: 5) == CapturedOutput(head: [0, 1], tail: [7, 8, 9], byteCount: 10))
        #expect(capture([bytes], limit: 1) == CapturedOutput(head: [0], byteCount: 10))
        #expect(capture([bytes], limit: 0) == CapturedOutput(byteCount: 10))
        #expect(capture(bytes.map { [$0] }, limit: 2) == CapturedOutput(head: [0], tail: [9], byteCount: 10))
    }

    @Test("any part of what is kept can be had, of the capture as of what it captured", arguments: 1...200)
    func parts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = Int.random(in: 0...40, using: &random)
        var capture = OutputCapture(limit: limit)
        var all: [UInt8] = []
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let chunk = (0..<Int.random(in: 0...9, using: &random)).map {
                UInt8(truncatingIfNeeded: all.count + $0)
            }
            capture.append(chunk.span)
            all += chunk
        }
        let captured = capture.captured
        for offset in 0...all.count + 1 {
            let count = Int.random(in: 1...12, using: &random)
            let part = capture.part(from: offset, limit: count)
            let same = captured.part(from: offset, limit: count)
            // What is not cut in two any more may come in one part.
            #expect(same.offset == part.offset && same.bytes.starts(with: part.bytes), "seed \(seed)")
            #expect(same.bytes.isEmpty == part.bytes.isEmpty)
            #expect(part.bytes.count <= count && part.offset >= offset)
            #expect(part.bytes == Array(all.dropFirst(part.offset).prefix(part.bytes.count)))
            let isKept = offset < captured.head.count || offset >= all.count - captured.tail.count
            if isKept, offset < all.count { #expect(part.offset == offset && !part.bytes.isEmpty) }
            if offset >= all.count { #expect(part.bytes.isEmpty) }
        }
    }

    @Test("however the bytes are cut, the same is kept", arguments: 1...300)
    func anyCut(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = Int.random(in: 0...300, using: &random)
        let total = Int.random(in: 0...1000, using: &random)
        let bytes = (0..<total).map { _ in UInt8.random(in: 0...255, using: &random) }
        var chunks: [[UInt8]] = []
        var position = 0
        while position < total {
            let length = min(
                total - position, Int.random(in: 0...Int.random(in: 1...400, using: &random), using: &random))
            chunks.append(Array(bytes[position..<position + length]))
            position += length
        }
        #expect(capture(chunks, limit: limit) == expected(bytes, limit: limit), "seed \(seed)")
    }

    @Test("it can be looked at while bytes still come")
    func lookBetween() {
        var capture = OutputCapture(limit: 4)
        var all: [UInt8] = []
        for byte in UInt8(0)..<50 {
            all.append(byte)
            capture.append([byte].span)
            #expect(capture.captured == expected(all, limit: 4))
        }
    }

    @Test("a flood of chunks larger than the limit keeps the ends")
    func flood() {
        var capture = OutputCapture(limit: 1000)
        let chunk = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for _ in 0..<20 { capture.append(chunk.span) }
        let captured = capture.captured
        #expect(captured.byteCount == 20 * 65_536)
        #expect(captured.head == Array(chunk.prefix(250)))
        #expect(captured.tail == Array(chunk.suffix(750)))
    }
}

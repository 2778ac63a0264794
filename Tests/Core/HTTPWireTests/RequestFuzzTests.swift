import HTTPWire
import SeededRandom
import Testing

@Suite("Requests with random damage")
struct RequestFuzzTests {
    private static let spice = Array("\r\n\0 \t:;,%/?*#0159afAF\u{7f}".utf8)

    @Test(
        "never trap the parser, and mean the same in any pieces",
        arguments: [0xF05E_B0C5, UInt64.random(in: 0 ... .max)])
    func damage(seed: UInt64) {
        print("request fuzz seed: \(seed)")
        var random = SplitMix64(seed: seed)
        let corpus = GoodRequest.all.map(\.bytes) + BadRequest.all.map(\.bytes)
        var limits = HTTPLimits()
        var complete = 0
        for round in 0..<3000 {
            limits.headBytes = round.isMultiple(of: 3) ? Int.random(in: 0...80, using: &random) : 16_384
            limits.bodyBytes = round.isMultiple(of: 5) ? Int.random(in: 0...12, using: &random) : 1024
            limits.chunkLineBytes = round.isMultiple(of: 7) ? Int.random(in: 0...12, using: &random) : 64
            limits.trailerBytes = round.isMultiple(of: 11) ? Int.random(in: 0...20, using: &random) : 64
            var bytes = corpus.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                Self.damage(&bytes, with: corpus, using: &random)
            }
            let whole = parse(bytes, limits: limits)
            if case .request = whole.first { complete += 1 }
            let cuts = (0..<4).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            #expect(
                parse(bytes, cuts: cuts, limits: limits) == whole,
                "seed \(seed): \(text(bytes).debugDescription)")
            #expect(
                parse(bytes, cuts: everyCut(of: bytes), limits: limits) == whole,
                "seed \(seed): \(text(bytes).debugDescription)")
        }
        #expect(complete > 100, "the damage must leave some requests whole, or the test sees only refusals")
    }

    private static func damage(_ bytes: inout [UInt8], with corpus: [[UInt8]], using random: inout SplitMix64)
    {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = Int.random(in: place...min(bytes.count, place + 8), using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.insert(spice.randomElement(using: &random) ?? 0, at: place)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: Array(bytes[place..<end]), at: end)
        case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        default:
            let other = corpus.randomElement(using: &random) ?? []
            bytes.replaceSubrange(
                place..., with: other.dropFirst(Int.random(in: 0...other.count, using: &random)))
        }
    }
}

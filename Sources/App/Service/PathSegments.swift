import HTTPWire

/// A path cut at its slashes, the escapes of each part decoded. As every request passes here, words are
/// compared as numbers and nothing is copied unless there is an escape.
struct PathSegments {
    /// How many parts follow the first slash.
    private(set) var count = 0
    private var bytes: ArraySlice<UInt8>
    private var places = InlineArray<5, Range<Int>>(repeating: 0..<0)

    /// The most parts that any route has; a path with more leads nowhere, whatever they are.
    static let limit = 5

    init(_ path: ArraySlice<UInt8>) {
        bytes = path
        if cut() { decode() }
    }

    /// A part as a word that routes are made of; it equals none when there is no such part.
    func word(_ index: Int) -> PathWord {
        index < min(count, Self.limit) ? PathWord(bytes.span, places[index], from: bytes.startIndex) : .none
    }

    /// A part as text: empty when an escape in it is broken or is not UTF-8.
    func text(_ index: Int) -> String { String(decoding: bytes[places[index]], as: UTF8.self) }

    /// - Returns: whether there is an escape.
    private mutating func cut() -> Bool {
        // A copy of the reference, so that the places can be noted meanwhile.
        let bytes = bytes
        let (span, base) = (bytes.span, bytes.startIndex)
        var hasEscape = false
        var start = 1
        var index = 1
        while index < span.count {
            let byte = span[index]
            if byte == UInt8(ascii: "/") {
                add(base + start..<base + index)
                start = index + 1
            } else if byte == UInt8(ascii: "%") {
                hasEscape = true
            }
            index &+= 1
        }
        if start <= span.count { add(base + start..<base + span.count) }
        return hasEscape
    }

    private mutating func add(_ place: Range<Int>) {
        if count < Self.limit { places[count] = place }
        count += 1
    }

    private mutating func decode() {
        var decoded: ArraySlice<UInt8> = []
        for index in 0..<min(count, Self.limit) {
            let start = decoded.endIndex
            decoded.append(contentsOf: (percentDecoded(bytes[places[index]]) ?? "").utf8)
            places[index] = start..<decoded.endIndex
        }
        bytes = decoded
    }
}

/// A word of up to sixteen bytes as one number, which compares in two instructions.
struct PathWord: Equatable {
    private let packed: UInt128

    static let none = PathWord(packed: 0)
    static let api = PathWord("api")
    static let bot = PathWord("bot")
    static let bots = PathWord("bots")
    static let cancel = PathWord("cancel")
    static let circuit = PathWord("circuit")
    static let circuitStatus = PathWord("circuit-status")
    static let events = PathWord("events")
    static let healthz = PathWord("healthz")
    static let metrics = PathWord("metrics")
    static let output = PathWord("output")
    static let readyz = PathWord("readyz")
    static let replay = PathWord("replay")
    static let status = PathWord("status")
    static let task = PathWord("task")
    static let tasks = PathWord("tasks")

    /// - Parameter base: the place of the span's first byte.
    fileprivate init(_ bytes: Span<UInt8>, _ place: Range<Int>, from base: Int) {
        guard place.count <= 16 else {
            packed = 0
            return
        }
        let part = bytes.extracting(place.lowerBound - base..<place.upperBound - base)
        var (high, low): (UInt64, UInt64) = (0, 0)
        for index in part.indices {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(part[index])
        }
        packed = UInt128(high) << 64 | UInt128(low)
    }

    private init(packed: UInt128) { self.packed = packed }

    private init(_ word: String) {
        precondition(word.utf8.count <= 16, "\(word) is too long for a word of a path")
        packed = word.utf8.reduce(0) { $0 << 8 | UInt128($1) }
    }
}

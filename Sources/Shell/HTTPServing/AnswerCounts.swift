import HTTPWire
import Metrics

/// How many requests were answered, by their kind and the status code. Counting is one addition at a place in
/// an array; the place of a code comes from a table.
package struct AnswerCounts: Equatable, Sendable {
    /// The status codes that are told apart; all others are counted together.
    package static let codes = [
        200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 417, 422, 429, 431,
        500, 501, 503, 505,
    ]

    /// The place of each code from 100 to 599; the one behind all places of `codes` is for the others.
    private static let places: [UInt8] = {
        var places = [UInt8](repeating: UInt8(codes.count), count: 500)
        for (place, code) in codes.enumerated() { places[code - 100] = UInt8(place) }
        return places
    }()

    private var table: CounterTable

    init(kinds: Int) {
        precondition(kinds > 0, "requests are of at least one kind")
        table = CounterTable(rows: kinds, columns: Self.codes.count + 1)
    }

    /// Answers with a status code, to requests of a kind.
    ///
    /// - Parameter code: one of `codes`; nil for all the others together.
    package func answered(kind: UInt8, code: Int?) -> UInt64 {
        table[Int(kind), code.map { Int(Self.places[$0 - 100]) } ?? Self.codes.count]
    }

    mutating func count(_ status: HTTPStatus, kind: UInt8) {
        table.count(Int(kind), Int(Self.places[status.code - 100]))
    }
}

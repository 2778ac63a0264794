/// What a metric is called, what kind it is, and what it says: the same for all its label values.
package struct MetricFamily: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// Only rises, from zero at the start of the service.
        case counter
        /// Rises and falls.
        case gauge
        /// How often a value was within each of some bounds.
        case histogram
    }

    package let name: String
    package let kind: Kind
    /// One sentence for people.
    package let help: String

    /// - Precondition: the name is a metric name by Prometheus' rules, that of a counter ends with `_total`,
    ///   and no other does.
    package init(_ name: String, _ kind: Kind, _ help: String) {
        precondition(isName(name, allowingColons: true), "\(name) is not the name of a metric")
        precondition(
            name.hasSuffix("_total") == (kind == .counter), "counters end with _total: \(name), \(kind)")
        self.name = name
        self.kind = kind
        self.help = help
    }
}

/// One label of a sample. The set of values a label takes must be bounded, or it would fill the memory of
/// whoever scrapes: names of bots that are configured, never names that clients send.
package struct MetricLabel: Hashable, Sendable {
    package let name: String
    package let value: String

    /// - Precondition: the name is a label name by Prometheus' rules, and none that it keeps for itself.
    package init(_ name: String, _ value: String) {
        precondition(
            isName(name, allowingColons: false) && !name.hasPrefix("__"), "\(name) is not a label's name")
        self.name = name
        self.value = value
    }
}

/// The number of a sample. Counts stay whole: beyond 2⁵³ a floating-point number would swallow single
/// steps.
package enum MetricValue: Hashable, Sendable {
    case whole(UInt64)
    case real(Double)
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`, for metrics also with colons.
private func isName(_ text: String, allowingColons: Bool) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
        return false
    }
    return text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        case UInt8(ascii: ":"): allowingColons
        default: false
        }
    }
}

/// Writes metrics as Prometheus reads them: the text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Families and samples stand in the order in
/// which they are written.
package struct PrometheusText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []
    private var names: Set<String> = []

    package init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Writes a whole family: its help, its type and, through `samples`, its samples.
    ///
    /// - Precondition: no family of this name was written before: all samples of a metric stand together.
    package mutating func write(_ family: MetricFamily, _ samples: (inout Samples) -> Void) {
        precondition(names.insert(family.name).inserted, "\(family.name) is written twice")
        append("# HELP \(family.name) ")
        bytes.append(escaped: family.help, quotes: false)
        append("\n# TYPE \(family.name) \(family.kind.rawValue)\n")
        var writer = Samples(family: family, bytes: bytes)
        // Only one of the two may hold the bytes, or the first sample would copy them.
        bytes = []
        samples(&writer)
        bytes = writer.bytes
    }

    /// A family of one sample without labels.
    package mutating func write(_ family: MetricFamily, _ value: MetricValue) {
        write(family) { $0.add([], value) }
    }

    package mutating func write(_ family: MetricFamily, _ count: UInt64) {
        write(family, .whole(count))
    }

    /// A family of one histogram without labels.
    package mutating func write(_ family: MetricFamily, _ histogram: Histogram) {
        write(family) { $0.add([], histogram) }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Takes the samples of one family.
    package struct Samples {
        fileprivate let family: MetricFamily
        fileprivate var bytes: [UInt8]

        package mutating func add(_ labels: [MetricLabel], _ value: MetricValue) {
            precondition(family.kind != .histogram, "\(family.name) is a histogram, not a number")
            append("", labels, value)
        }

        package mutating func add(_ labels: [MetricLabel], _ count: UInt64) {
            add(labels, .whole(count))
        }

        /// A bucket says how many values are within its bound, so it counts the buckets below it as well.
        package mutating func add(_ labels: [MetricLabel], _ histogram: Histogram) {
            precondition(family.kind == .histogram, "\(family.name) is no histogram")
            var count: UInt64 = 0
            for (bound, inBucket) in zip(histogram.bounds + [.infinity], histogram.counts) {
                count += inBucket
                append("_bucket", labels + [MetricLabel("le", text(of: bound))], .whole(count))
            }
            append("_sum", labels, .real(histogram.sum))
            append("_count", labels, .whole(count))
        }

        private mutating func append(_ suffix: String, _ labels: [MetricLabel], _ value: MetricValue) {
            bytes.append(contentsOf: family.name.utf8)
            bytes.append(contentsOf: suffix.utf8)
            var separator = UInt8(ascii: "{")
            for label in labels {
                bytes.append(separator)
                separator = UInt8(ascii: ",")
                bytes.append(contentsOf: label.name.utf8)
                bytes.append(contentsOf: "=\"".utf8)
                bytes.append(escaped: label.value, quotes: true)
                bytes.append(UInt8(ascii: "\""))
            }
            if !labels.isEmpty { bytes.append(UInt8(ascii: "}")) }
            bytes.append(UInt8(ascii: " "))
            switch value {
            case .whole(let number): bytes.append(contentsOf: String(number).utf8)
            case .real(let number): bytes.append(contentsOf: text(of: number).utf8)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
    }
}

/// A number as Go's ParseFloat reads it; whole ones without a fraction.
private func text(of number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: number), abs(number) < 1e15 { return String(whole) }
    return number.description
}

extension [UInt8] {
    /// Appends text with backslashes and line ends escaped, and within quotes also the quotes.
    fileprivate mutating func append(escaped text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\n"): append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\"") where quotes: append(contentsOf: "\\\"".utf8)
            default: append(byte)
            }
        }
    }
}

import HTTPWire
import ServiceDriving
import Testing

/// What the service said on /metrics, taken apart.
struct Scrape {
    let text: String
    /// By name and labels, as they stand there.
    private(set) var values: [String: Double] = [:]
    /// The samples that may only rise: of counters and histograms.
    private(set) var rising: Set<String> = []

    init(_ text: String) throws {
        self.text = text
        var risingNames: Set<Substring> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE "), words[3] == "counter" { risingNames.insert(words[2]) }
            if line.hasPrefix("# TYPE "), words[3] == "histogram" {
                for suffix in ["_bucket", "_sum", "_count"] { risingNames.insert("\(words[2])\(suffix)") }
            }
            guard !line.hasPrefix("#") else { continue }
            let name = String(words.dropLast().joined(separator: " "))
            try #require(values[name] == nil, "\(name) is there twice")
            let value: Double = try #require(words.last.flatMap { Double($0) }, "\(line)")
            values[name] = value
            if risingNames.contains(name.prefix { $0 != "{" }) { rising.insert(name) }
        }
    }

    subscript(name: String) -> Double? { values[name] }

    /// The sum of all samples whose name and labels begin so.
    func sum(_ prefix: String) -> Double {
        values.filter { $0.key.hasPrefix(prefix) }.values.reduce(0, +)
    }
}

extension RunningService {
    func scrape() throws -> Scrape {
        let response = try exchange(.get, "/metrics")
        #expect(response.status == .ok)
        #expect(response.contentType == "text/plain; version=0.0.4; charset=utf-8")
        return try Scrape(String(decoding: response.body, as: UTF8.self))
    }
}

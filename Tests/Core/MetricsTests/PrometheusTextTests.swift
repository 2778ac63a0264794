import Testing

@testable import Metrics

@Suite("Prometheus' text format")
struct PrometheusTextTests {
    private func text(_ write: (inout PrometheusText) -> Void) -> String {
        var writer = PrometheusText()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("a family has its help and its type before its samples, and all end with a line end")
    func family() {
        let written = text { writer in
            writer.write(MetricFamily("tasks_total", .counter, "Tasks.")) { samples in
                samples.add([MetricLabel("bot", "b"), MetricLabel("class", "ok")], 7)
                samples.add([MetricLabel("bot", "a"), MetricLabel("class", "ok")], 0)
            }
            writer.write(MetricFamily("queue", .gauge, "Waiting."), .real(2.5))
        }
        #expect(
            written == """
                # HELP tasks_total Tasks.
                # TYPE tasks_total counter
                tasks_total{bot="b",class="ok"} 7
                tasks_total{bot="a",class="ok"} 0
                # HELP queue Waiting.
                # TYPE queue gauge
                queue 2.5

                """)
    }

    @Test("a family without samples still says what it is")
    func noSamples() {
        let written = text { $0.write(MetricFamily("x", .gauge, "Nothing yet.")) { _ in } }
        #expect(written == "# HELP x Nothing yet.\n# TYPE x gauge\n")
    }

    @Test("nothing written is nothing")
    func nothing() {
        #expect(text { _ in } == "")
    }

    @Test("backslashes, quotes and line ends in label values are escaped, and nothing else")
    func labelValues() {
        let written = text { writer in
            writer.write(MetricFamily("x", .gauge, "")) { samples in
                samples.add([MetricLabel("a", "C:\\dir\n\"quoted\" {b=\"c\"} é\t")], 1)
            }
        }
        #expect(written.hasSuffix("x{a=\"C:\\\\dir\\n\\\"quoted\\\" {b=\\\"c\\\"} é\t\"} 1\n"))
        #expect(written.split(separator: "\n").count == 3)
    }

    @Test("in help backslashes and line ends are escaped, quotes are not")
    func help() {
        let written = text { $0.write(MetricFamily("x", .gauge, "a \\ b\n\"c\""), 1) }
        #expect(written.hasPrefix("# HELP x a \\\\ b\\n\"c\"\n# TYPE x gauge\n"))
    }

    @Test(
        "counts stay whole up to the last one, which no floating-point number could tell from its neighbour")
    func wholeNumbers() {
        #expect(text { $0.write(MetricFamily("x", .gauge, ""), UInt64.max) }.hasSuffix("x \(UInt64.max)\n"))
        let large = UInt64(1) << 53 + 1
        #expect(text { $0.write(MetricFamily("x", .gauge, ""), large) }.hasSuffix("x 9007199254740993\n"))
    }

    @Test(
        "numbers are written as ParseFloat reads them",
        arguments: [
            (0.0, "0"), (-0.0, "0"), (3.0, "3"), (-2.0, "-2"), (0.000_05, "5e-05"), (0.25, "0.25"),
            (1e300, "1e+300"), (1_763_900_000.25, "1763900000.25"), (1e16, "1e+16"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ])
    func realNumbers(number: Double, expected: String) {
        let written = text { $0.write(MetricFamily("x", .gauge, ""), .real(number)) }
        #expect(written.hasSuffix("x \(expected)\n"))
    }

    @Test("the buckets of a histogram are cumulative and end with +Inf, then come sum and count")
    func histogram() {
        var histogram = Histogram(bounds: [0.5, 1, 2.5])
        for value in [0.25, 0.5, 0.75, 2.5, 100] { histogram.observe(value) }
        let written = text { writer in
            writer.write(MetricFamily("seconds", .histogram, "Time.")) { samples in
                samples.add([MetricLabel("of", "a")], histogram)
                samples.add([MetricLabel("of", "b")], Histogram(bounds: [1]))
            }
        }
        #expect(
            written == """
                # HELP seconds Time.
                # TYPE seconds histogram
                seconds_bucket{of="a",le="0.5"} 2
                seconds_bucket{of="a",le="1"} 3
                seconds_bucket{of="a",le="2.5"} 4
                seconds_bucket{of="a",le="+Inf"} 5
                seconds_sum{of="a"} 104
                seconds_count{of="a"} 5
                seconds_bucket{of="b",le="1"} 0
                seconds_bucket{of="b",le="+Inf"} 0
                seconds_sum{of="b"} 0
                seconds_count{of="b"} 0

                """)
    }

    @Test("a histogram without labels has only its bounds")
    func bareHistogram() {
        let written = text { $0.write(MetricFamily("s", .histogram, ""), Histogram(bounds: [1])) }
        #expect(written.hasSuffix("s_bucket{le=\"1\"} 0\ns_bucket{le=\"+Inf\"} 0\ns_sum 0\ns_count 0\n"))
    }

    @Test("what Prometheus is told about the format")
    func contentType() {
        #expect(PrometheusText.contentType == "text/plain; version=0.0.4; charset=utf-8")
    }
}

import Testing

@testable import Metrics

@Suite("Names and labels of metrics")
struct MetricFamilyTests {
    @Test("a name that Prometheus would not read is a bug")
    func badNames() async {
        await #expect(processExitsWith: .failure) { _ = MetricFamily("", .gauge, "") }
        await #expect(processExitsWith: .failure) { _ = MetricFamily("1st", .gauge, "") }
        await #expect(processExitsWith: .failure) { _ = MetricFamily("a-b", .gauge, "") }
        await #expect(processExitsWith: .success) { _ = MetricFamily("ns:a_b1", .gauge, "") }
    }

    @Test("a counter ends with _total, and nothing else does")
    func totals() async {
        await #expect(processExitsWith: .failure) { _ = MetricFamily("tasks", .counter, "") }
        await #expect(processExitsWith: .failure) { _ = MetricFamily("tasks_total", .gauge, "") }
        await #expect(processExitsWith: .success) { _ = MetricFamily("tasks_total", .counter, "") }
    }

    @Test("a label's name has no colons, and is none of Prometheus' own")
    func labelNames() async {
        await #expect(processExitsWith: .failure) { _ = MetricLabel("a:b", "") }
        await #expect(processExitsWith: .failure) { _ = MetricLabel("__name", "") }
        await #expect(processExitsWith: .success) { _ = MetricLabel("_a", "any text at all\n") }
    }

    @Test("the samples of a metric stand together: a family written twice is a bug")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            var text = PrometheusText()
            text.write(MetricFamily("a", .gauge, ""), 1)
            text.write(MetricFamily("a", .gauge, ""), 2)
        }
    }

    @Test("a histogram takes no plain numbers, and nothing else takes histograms")
    func kinds() async {
        await #expect(processExitsWith: .failure) {
            var text = PrometheusText()
            text.write(MetricFamily("a", .histogram, ""), 1)
        }
        await #expect(processExitsWith: .failure) {
            var text = PrometheusText()
            text.write(MetricFamily("a", .gauge, ""), Histogram(bounds: [1]))
        }
    }
}

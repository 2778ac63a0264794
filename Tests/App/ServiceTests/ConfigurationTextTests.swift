import Service
import Testing

@Suite("Durations and sizes as a configuration writes them")
struct ConfigurationTextTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("10m", .seconds(600)),
        ("2h", .seconds(7200)), ("1ms", .milliseconds(1)),
    ])
    func `a duration is read and written alike`(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
        #expect(DurationText.format(duration) == text)
    }

    @Test(arguments: [
        "", "s", "30", "0s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1d", "1h30m", "٣s", "1us",
        "99999999999999999999s", "9999999999999h", "9223372036854775807h",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func `the largest unit without a fraction is written`() {
        #expect(DurationText.format(.milliseconds(1500)) == "1500ms")
        #expect(DurationText.format(.seconds(90)) == "90s")
        #expect(DurationText.format(.seconds(86_400)) == "24h")
        #expect(DurationText.format(.microseconds(2500)) == "2ms")
    }

    @Test(arguments: [("512B", 512), ("64KiB", 65_536), ("1MiB", 1_048_576), ("1GiB", 1_073_741_824)])
    func `a size is read`(text: String, bytes: Int) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(arguments: [
        "", "B", "1", "0B", "-1B", "+1B", "1KB", "1kib", "1.5MiB", "1 MiB", "1TiB", "9999999999GiB",
        "99999999999999999999B",
    ])
    func `what is no size is refused`(text: String) {
        #expect(SizeText.parse(text) == nil)
    }
}

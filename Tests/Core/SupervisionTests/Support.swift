import MonotonicTime
import Supervision

/// The instant that many milliseconds after the start of a test.
func at(_ milliseconds: Int) -> Instant {
    Instant(nanoseconds: Int64(milliseconds) * 1_000_000)
}

public import MonotonicTime
import Glibc

extension SharedCircuitBreaker {
    /// Now, by the clock of the forms that take no time: the system's monotonic clock, which nobody sets.
    public static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

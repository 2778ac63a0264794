import CLibuv
package import MonotonicTime

/// CLOCK_MONOTONIC, read now; any thread. On the loop's thread the same as `Loop.now`.
package func monotonicNow() -> Instant {
    Instant(nanoseconds: Int64(clamping: uv_hrtime()))
}

package import MonotonicTime

/// One reading of both clocks: the monotonic one, by which everything is decided, and the wall clock, which
/// is only written down. The shell reads it once per turn of the loop and hands it to everything that happens
/// in that turn.
package struct Moment: Hashable, Sendable {
    package let instant: Instant
    package let wall: WallTime

    package init(instant: Instant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }
}

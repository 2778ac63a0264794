import CLibuv
package import MonotonicTime

/// One shot at an instant of the loop's clock. It never fires early; it fires up to a millisecond late.
@safe
package final class Timer: Handle {
    private let raw: UnsafeMutablePointer<uv_timer_t>
    private var onFire: (() -> Void)?

    package convenience init(on loop: Loop, onFire: @escaping () -> Void) {
        self.init(on: loop, owner: nil, onFire: onFire)
    }

    init(on loop: Loop, owner: String?, onFire: @escaping () -> Void) {
        unsafe raw = .allocate(capacity: 1)
        self.onFire = onFire
        // uv_timer_init cannot fail: it only fills in the memory.
        unsafe uv_timer_init(loop.raw, raw)
        unsafe super.init(on: loop, initialised: raw, owner: owner)
    }

    /// Fires once at `deadline`, or on the next turn when that has passed; forgets what it was armed for before.
    ///
    /// libuv adds a number of milliseconds to its own time, which is the clock cut to milliseconds, and fires when
    /// that time has come. The deadline is rounded up to a millisecond, so the sum is exact and never early.
    /// From inside a timer's handler the wait is at least 1 ms: libuv 1.44 runs every due timer before it looks at
    /// I/O, so handlers that arm for the past would keep it from ever doing so.
    package func arm(at deadline: Instant) {
        guard !isClosed else { return }
        let milliseconds = UInt64(max(0, deadline.nanoseconds)) / 1_000_000
        let roundedUp = deadline.nanoseconds % 1_000_000 > 0 ? milliseconds + 1 : milliseconds
        let loopTime = unsafe uv_now(loop.raw)
        let wait = roundedUp > loopTime ? roundedUp - loopTime : 0
        let start = unsafe uv_timer_start(
            raw, { unsafe object(Timer.self, from: $0?.pointee.data).fire() },
            loop.isFiringTimer ? max(1, wait) : wait, 0)
        precondition(start == 0, "uv_timer_start: \(start)")
    }

    /// Forgets the deadline.
    package func disarm() {
        guard !isClosed else { return }
        unsafe uv_timer_stop(raw)
    }

    override func dropHandlers() {
        onFire = nil
    }

    private func fire() {
        loop.isFiringTimer = true
        defer { loop.isFiringTimer = false }
        onFire?()
    }
}

import CLibuv
import CLinux
package import MonotonicTime

/// The loop that owns every handle of the service. All of it is used on the thread that made it.
@safe
package final class Loop {
    /// How much one read can bring, in bytes. One buffer serves all streams: its bytes live only during
    /// `onRead`.
    package static let readBufferSize = 65_536

    /// Called once per turn, right before the loop waits for I/O. It does not keep the loop alive.
    package var beforePolling: (() -> Void)?

    let raw: UnsafeMutablePointer<uv_loop_t>
    let readBuffer: UnsafeMutablePointer<UInt8>
    /// Every child that was started on this loop and is not reaped yet.
    var children: Set<Int32> = []
    /// Those of them that were let go before they ended: to be reaped when somebody passes by.
    var abandonedChildren: Set<Int32> = []
    /// True while a timer's handler runs; see `Timer.arm`.
    var isFiringTimer = false
    private let thread = pthread_self()
    private var prepare: PrepareHook?
    private var idle: IdleHook?
    private var postponed: [() -> Void] = []
    private var isRunning = false
    private var isClosed = false

    /// Also prepares the process: SIGPIPE and SIGXFSZ are ignored, SIGCHLD is not, and the descriptors 0, 1
    /// and 2 are open.
    package init() throws(UVFault) {
        ProcessState.prepare()
        unsafe raw = .allocate(capacity: 1)
        let result = unsafe uv_loop_init(raw)
        guard result == 0 else {
            unsafe raw.deallocate()
            throw UVFault(code: result, operation: "uv_loop_init")
        }
        unsafe readBuffer = .allocate(capacity: Self.readBufferSize)
        prepare = PrepareHook(on: self) { [unowned self] in beforePolling?() }
        idle = IdleHook(on: self) { [unowned self] in runPostponed() }
    }

    deinit {
        // Safe: every handle holds its loop, so all of them are gone, and `close()` has ended the loop
        // itself.
        precondition(isClosed, "a Loop ended without close()")
        unsafe readBuffer.deallocate()
        unsafe raw.deallocate()
    }

    /// CLOCK_MONOTONIC, read now.
    package var now: Instant {
        Instant(nanoseconds: Int64(clamping: uv_hrtime()))
    }

    /// Turns until nothing referenced is active, or until `stop()`.
    package func run() {
        precondition(!isRunning && !isClosed, "Loop.run() inside run(), or after close()")
        isRunning = true
        _ = unsafe uv_run(raw, UV_RUN_DEFAULT)
        isRunning = false
    }

    /// Makes `run()` return at the end of this turn.
    package func stop() {
        unsafe uv_stop(raw)
    }

    /// Runs `work` on the next turn, never inside this call. It keeps the loop alive until then.
    package func later(_ work: @escaping () -> Void) {
        precondition(!isClosed, "Loop.later() after close()")
        postponed.append(work)
        idle?.start()
    }

    /// Closes the loop's own handles and lets every close and completion that is under way finish.
    ///
    /// A handle that is still open is a bug of its owner and stops the program with the names of the open
    /// ones.
    package func close() {
        precondition(!isRunning, "Loop.close() inside run()")
        guard !isClosed else { return }
        beforePolling = nil
        trapOnOpenHandles()
        _ = unsafe uv_run(raw, UV_RUN_DEFAULT)
        prepare?.close()
        idle?.close()
        (prepare, idle) = (nil, nil)
        _ = unsafe uv_run(raw, UV_RUN_DEFAULT)
        trapOnOpenHandles()
        let result = unsafe uv_loop_close(raw)
        precondition(result == 0, "uv_loop_close: \(result)")
        isClosed = true
    }

    /// True on the thread that made the loop.
    var isOnItsThread: Bool { pthread_equal(thread, pthread_self()) != 0 }

    private func runPostponed() {
        let work = postponed
        postponed = []
        for each in work { each() }
        if postponed.isEmpty { idle?.stop() }
    }

    private func trapOnOpenHandles() {
        var open: [String] = []
        // Safe: the pointer to `open` is used only during uv_walk; every handle that is not closing has its
        // object.
        unsafe withUnsafeMutablePointer(to: &open) { names in
            unsafe uv_walk(
                raw,
                { handle, names in
                    guard unsafe uv_is_closing(handle) == 0 else { return }
                    let found = unsafe object(Handle.self, from: uv_handle_get_data(handle))
                    guard !(found is LoopHook) else { return }
                    unsafe names?.assumingMemoryBound(to: [String].self).pointee.append(found.name)
                }, names)
        }
        precondition(open.isEmpty, "Loop.close() with open handles: \(open.sorted().joined(separator: ", "))")
    }
}

@available(*, unavailable)
extension Loop: Sendable {}

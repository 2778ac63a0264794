import CLibuv

/// Calls on the loop's thread when the process gets a signal. It does not keep the loop alive.
@safe
package final class SignalWatcher: Handle {
    private let raw: UnsafeMutablePointer<uv_signal_t>
    private let signal: Int32
    private var onSignal: (() -> Void)?

    /// - Parameter onSignal: called once or more for a signal, later than the signal: several may become one.
    package init(on loop: Loop, signal: Int32, onSignal: @escaping () -> Void) throws(UVFault) {
        unsafe raw = try Handle.allocate(uv_signal_t.self, "uv_signal_init") { raw in
            unsafe uv_signal_init(loop.raw, raw)
        }
        self.signal = signal
        self.onSignal = onSignal
        unsafe super.init(on: loop, initialised: raw)
        let result = start()
        guard result == 0 else {
            close()
            throw UVFault(code: result, operation: "watch \(signalName(signal))")
        }
        unreference()
    }

    /// Lets the signal have its usual effect on the process until `resume()`; that of SIGCHLD is none.
    func pause() {
        guard !isClosed else { return }
        unsafe uv_signal_stop(raw)
    }

    /// - Returns: false when the system did not allow it.
    func resume() -> Bool { isClosed || start() == 0 }

    private func start() -> Int32 {
        unsafe uv_signal_start(
            raw, { raw, _ in unsafe object(SignalWatcher.self, from: raw?.pointee.data).onSignal?() }, signal)
    }

    override func dropHandlers() {
        onSignal = nil
    }
}

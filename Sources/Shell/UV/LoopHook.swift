import CLibuv

/// A handle that belongs to the loop itself.
class LoopHook: Handle {
    fileprivate var onTurn: (() -> Void)?

    fileprivate init<Raw>(
        on loop: Loop, initialised: UnsafeMutablePointer<Raw>, onTurn: @escaping () -> Void
    ) {
        self.onTurn = onTurn
        unsafe super.init(on: loop, initialised: initialised)
    }

    override final func dropHandlers() {
        onTurn = nil
    }
}

/// Calls once per turn, right before the loop waits; does not keep the loop alive.
final class PrepareHook: LoopHook {
    init(on loop: Loop, onTurn: @escaping () -> Void) {
        let raw = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
        // "This function always succeeds" (libuv on both calls).
        unsafe uv_prepare_init(loop.raw, raw)
        unsafe super.init(on: loop, initialised: raw, onTurn: onTurn)
        unsafe uv_prepare_start(raw) { unsafe object(PrepareHook.self, from: $0?.pointee.data).onTurn?() }
        unreference()
    }
}

/// Calls on every turn while it is started, keeps the loop alive and lets it not wait.
@safe
final class IdleHook: LoopHook {
    private let raw: UnsafeMutablePointer<uv_idle_t>

    init(on loop: Loop, onTurn: @escaping () -> Void) {
        unsafe raw = .allocate(capacity: 1)
        unsafe uv_idle_init(loop.raw, raw)
        unsafe super.init(on: loop, initialised: raw, onTurn: onTurn)
    }

    func start() {
        unsafe uv_idle_start(raw) { unsafe object(IdleHook.self, from: $0?.pointee.data).onTurn?() }
    }

    func stop() {
        unsafe uv_idle_stop(raw)
    }
}

import CLibuv

/// One libuv handle, and the only place where the rule of who owns it is written down.
///
/// libuv links a handle's memory into its loop from `uv_…_init` until the callback of `uv_close`. So:
/// 1. the memory is allocated here and initialised by libuv (`Handle.allocate`);
/// 2. from then on libuv holds one reference to this object, kept in the handle's `data`;
/// 3. `close()`, which may be called any number of times, drops the handlers and calls `uv_close`;
/// 4. the close callback gives the reference back;
/// 5. `deinit`, which by then can only come later, frees the memory.
///
/// A handle that nobody closes keeps its loop from closing, and `Loop.close()` then stops the program by its name.
@safe
package class Handle {
    package let loop: Loop
    /// True from the first call of `close()` on.
    package private(set) final var isClosed = false
    private let memory: UnsafeMutableRawPointer
    private let owner: String?

    /// - Parameters:
    ///   - initialised: what `Handle.allocate` returned; this object frees it.
    ///   - owner: the type that people know, when this handle is only a part of it.
    init<Raw>(on loop: Loop, initialised: UnsafeMutablePointer<Raw>, owner: String? = nil) {
        self.loop = loop
        self.owner = owner
        unsafe memory = UnsafeMutableRawPointer(initialised)
        unsafe uv_handle_set_data(handle, Unmanaged.passRetained(self).toOpaque())
    }

    deinit {
        // Safe: libuv gave its reference back in the close callback, after which it never looks at the memory again.
        unsafe memory.deallocate()
    }

    /// Allocates a handle's memory and lets libuv initialise it; frees it again when libuv refuses.
    ///
    /// Safe because a libuv `…_init` that fails has not linked the memory into the loop.
    static func allocate<Raw>(
        _ type: Raw.Type, _ operation: String, initialise: (UnsafeMutablePointer<Raw>) -> Int32
    ) throws(UVFault) -> UnsafeMutablePointer<Raw> {
        let raw = UnsafeMutablePointer<Raw>.allocate(capacity: 1)
        let result = unsafe initialise(raw)
        guard result == 0 else {
            unsafe raw.deallocate()
            throw UVFault(code: result, operation: operation)
        }
        return unsafe raw
    }

    /// Ends the handle; nothing is called after it but the completions of what was under way. Idempotent.
    package final func close() {
        guard !isClosed else { return }
        isClosed = true
        dropHandlers()
        unsafe uv_close(handle) { handle in
            // Safe: balances the `passRetained` of `init`; libuv calls this once.
            guard let data = unsafe uv_handle_get_data(handle) else { return }
            unsafe Unmanaged<Handle>.fromOpaque(data).release()
        }
    }

    /// Lets go of the closures, so that what they hold does not live as long as somebody holds the closed handle.
    func dropHandlers() {}

    /// The name in the message about handles that were never closed.
    final var name: String {
        let type = "\(type(of: self))"
        guard let owner else { return type }
        return "\(type) of \(owner)"
    }

    /// Lets the loop end although this handle is still active.
    final func unreference() {
        unsafe uv_unref(handle)
    }

    /// The start that every handle has in common. Never read here, only handed to libuv.
    private final var handle: UnsafeMutablePointer<uv_handle_t> {
        unsafe memory.assumingMemoryBound(to: uv_handle_t.self)
    }
}

@available(*, unavailable)
extension Handle: Sendable {}

/// The object that `Handle.init` put into a handle's `data`.
///
/// Safe in every callback of an open handle: libuv holds a reference, and it calls back only between init and close.
func object<Object: Handle>(_ type: Object.Type, from data: UnsafeMutableRawPointer?) -> Object {
    guard let data = unsafe data else { preconditionFailure("a \(type) without data") }
    return unsafe Unmanaged<Object>.fromOpaque(data).takeUnretainedValue()
}

import CLibuv

/// Watches a descriptor for being readable. The descriptor stays the caller's: it is closed after the poll is.
@safe
package final class FilePoll: Handle {
    private let raw: UnsafeMutablePointer<uv_poll_t>
    private var onReadable: (() -> Void)?

    /// - Parameter onReadable: called on every turn in which the descriptor is readable, or has an error or a hang-up
    ///   that reading would tell.
    package convenience init(
        on loop: Loop, descriptor: Int32, onReadable: @escaping () -> Void
    ) throws(UVFault) {
        try self.init(on: loop, descriptor: descriptor, owner: nil, onReadable: onReadable)
    }

    init(
        on loop: Loop, descriptor: Int32, owner: String?, onReadable: @escaping () -> Void
    ) throws(UVFault) {
        unsafe raw = try Handle.allocate(uv_poll_t.self, "uv_poll_init") { raw in
            unsafe uv_poll_init(loop.raw, raw, descriptor)
        }
        self.onReadable = onReadable
        unsafe super.init(on: loop, initialised: raw, owner: owner)
        resume()
    }

    /// Starts watching again after `pause()`.
    func resume() {
        guard !isClosed else { return }
        let result = unsafe uv_poll_start(raw, Int32(UV_READABLE.rawValue)) { raw, _, _ in
            unsafe object(FilePoll.self, from: raw?.pointee.data).onReadable?()
        }
        precondition(result == 0, "uv_poll_start: \(result)")
    }

    func pause() {
        guard !isClosed else { return }
        unsafe uv_poll_stop(raw)
    }

    override func dropHandlers() {
        onReadable = nil
    }
}

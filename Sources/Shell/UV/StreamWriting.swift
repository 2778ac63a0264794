import CLibuv

extension Stream {
    /// Writes `bytes` after everything written before. What the kernel takes at once costs one call and no memory.
    ///
    /// - Parameter completion: called once, on a later turn, never inside this call, when the kernel has the bytes or
    ///   will never have them; for one stream in the order of the writes. A close in between is ECANCELED.
    package func write(_ bytes: [UInt8], completion: ((UVFault?) -> Void)? = nil) {
        guard !isClosed else {
            finishLater(completion, code: UV_ECANCELED.rawValue)
            return
        }
        // Safe: the pointer is used only inside this call; libuv does not write to what it says it writes from.
        unsafe bytes.withUnsafeBytes { all in
            var buffer = unsafe uv_buf_t(readingFrom: all)
            // An error, EAGAIN above all, is left to uv_write, which tells it by the completion.
            let written = unsafe max(0, Int(uv_try_write(raw, &buffer, 1)))
            if written == all.count && completion == nil { return }
            unsafe queue(UnsafeRawBufferPointer(rebasing: all[written...]), completion: completion)
        }
    }

    /// How many bytes wait in libuv's queue for the kernel to take them.
    package var pendingWriteBytes: Int {
        isClosed ? 0 : unsafe uv_stream_get_write_queue_size(raw)
    }

    /// Says to the other side, after the queued writes, that nothing more will come. A stream that only writes, such
    /// as a child's standard input, is closed for it.
    ///
    /// - Parameter completion: called once, on a later turn.
    package func shutdown(completion: ((UVFault?) -> Void)? = nil) {
        guard !isClosed else {
            finishLater(completion, code: UV_ECANCELED.rawValue)
            return
        }
        guard unsafe uv_is_readable(raw) != 0 else {
            write([]) { fault in
                self.close()
                completion?(fault)
            }
            return
        }
        let request = unsafe ShutdownRequest.make(completion)
        let result = unsafe uv_shutdown(request.pointer(to: \.raw), raw) { raw, status in
            unsafe ShutdownRequest.finish(raw?.pointee.data, status)
        }
        if result != 0 {
            loop.later { unsafe ShutdownRequest.finish(UnsafeMutableRawPointer(request), result) }
        }
    }

    /// The rest of a write goes with its request into one allocation, which lives until libuv is done with it. (An
    /// array that was only kept alive would promise no fixed address for its bytes.)
    private func queue(_ rest: UnsafeRawBufferPointer, completion: ((UVFault?) -> Void)?) {
        let request = unsafe WriteRequest.make(copying: rest, completion)
        var buffer = unsafe uv_buf_t(readingFrom: WriteRequest.bytes(of: request, count: rest.count))
        let result = unsafe uv_write(request.pointer(to: \.raw), raw, &buffer, 1) { raw, status in
            unsafe WriteRequest.finish(raw?.pointee.data, status)
        }
        if result != 0 {
            loop.later { unsafe WriteRequest.finish(UnsafeMutableRawPointer(request), result) }
        }
    }

    func finishLater(_ completion: ((UVFault?) -> Void)?, code: Int32) {
        guard let completion else { return }
        loop.later { completion(UVFault(code: code, operation: "write")) }
    }
}

/// The memory of one queued write: this, and right behind it the bytes.
///
/// Safe because libuv calls back exactly once for a request it took, whatever happens to the stream, and `finish`
/// is called nowhere else but for a request that it did not take.
@unsafe
private struct WriteRequest {
    var raw = unsafe uv_write_t()
    var completion: ((UVFault?) -> Void)?

    static func make(
        copying bytes: UnsafeRawBufferPointer, _ completion: ((UVFault?) -> Void)?
    ) -> UnsafeMutablePointer<WriteRequest> {
        let memory = unsafe UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<WriteRequest>.size + bytes.count,
            alignment: MemoryLayout<WriteRequest>.alignment)
        let request = unsafe memory.initializeMemory(
            as: WriteRequest.self, to: WriteRequest(completion: completion))
        unsafe request.pointee.raw.data = memory
        if let source = bytes.baseAddress {
            unsafe (memory + MemoryLayout<WriteRequest>.size).copyMemory(from: source, byteCount: bytes.count)
        }
        return unsafe request
    }

    static func bytes(of request: UnsafeMutablePointer<WriteRequest>, count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(request) + MemoryLayout<WriteRequest>.size, count: count)
    }

    static func finish(_ data: UnsafeMutableRawPointer?, _ status: Int32) {
        guard let memory = unsafe data else { preconditionFailure("a write request without data") }
        let request = unsafe memory.assumingMemoryBound(to: WriteRequest.self)
        let completion = unsafe request.move().completion
        unsafe memory.deallocate()
        completion?(status == 0 ? nil : UVFault(code: status, operation: "write"))
    }
}

/// The memory of one shutdown; safe for the same reason as `WriteRequest`.
@unsafe
private struct ShutdownRequest {
    var raw = unsafe uv_shutdown_t()
    var completion: ((UVFault?) -> Void)?

    static func make(_ completion: ((UVFault?) -> Void)?) -> UnsafeMutablePointer<ShutdownRequest> {
        let request = UnsafeMutablePointer<ShutdownRequest>.allocate(capacity: 1)
        unsafe request.initialize(to: ShutdownRequest(completion: completion))
        unsafe request.pointee.raw.data = UnsafeMutableRawPointer(request)
        return unsafe request
    }

    static func finish(_ data: UnsafeMutableRawPointer?, _ status: Int32) {
        guard let data = unsafe data else { preconditionFailure("a shutdown request without data") }
        let request = unsafe data.assumingMemoryBound(to: ShutdownRequest.self)
        let completion = unsafe request.move().completion
        unsafe request.deallocate()
        completion?(status == 0 ? nil : UVFault(code: status, operation: "shutdown"))
    }
}

extension uv_buf_t {
    /// libuv's one buffer type is for reading and writing alike; from this one it only reads.
    fileprivate init(readingFrom bytes: UnsafeRawBufferPointer) {
        let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        unsafe self.init(base: start?.assumingMemoryBound(to: CChar.self), len: bytes.count)
    }
}

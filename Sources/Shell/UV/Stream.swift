import CLibuv

/// A TCP connection, or one end of a pipe.
///
/// A stream that neither reads nor has anything to write does not keep the loop alive, but must be closed all the same.
@safe
package final class Stream: Handle {
    /// Gets the bytes that came. They live only during the call: they lie in the loop's one read buffer.
    package var onRead: ((Span<UInt8>) -> Void)?
    /// Called once, when nothing more will be read: nil at the orderly end, or what went wrong.
    package var onEnd: ((UVFault?) -> Void)?
    package private(set) var isReading = false

    let raw: UnsafeMutablePointer<uv_stream_t>
    private var hasEnded = false

    /// Takes a socket that is connected. On a fault it stays the caller's.
    convenience init(on loop: Loop, acceptedSocket descriptor: Int32) throws(UVFault) {
        self.init(tcpOn: loop)
        unsafe try adopt("uv_tcp_open") { raw in
            unsafe uv_tcp_open(
                UnsafeMutableRawPointer(raw).assumingMemoryBound(to: uv_tcp_t.self), descriptor)
        }
    }

    /// Takes one end of a pipe (or a connected local socket); libuv makes it non-blocking and closes it in the end.
    /// On a fault it stays the caller's.
    package static func pipe(on loop: Loop, adopting descriptor: Int32) throws(UVFault) -> Stream {
        let stream = Stream(pipeOn: loop)
        unsafe try stream.adopt("uv_pipe_open") { raw in
            unsafe uv_pipe_open(
                UnsafeMutableRawPointer(raw).assumingMemoryBound(to: uv_pipe_t.self), descriptor)
        }
        return stream
    }

    /// A TCP stream without a socket yet, with TCP_NODELAY set for when it has one.
    init(tcpOn loop: Loop) {
        let tcp = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        // Cannot fail: without an address family uv_tcp_init makes no socket yet.
        unsafe uv_tcp_init(loop.raw, tcp)
        unsafe uv_tcp_nodelay(tcp, 1)
        // Safe: a uv_tcp_t starts with the fields of a uv_stream_t, and only libuv looks into it.
        unsafe raw = UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
        unsafe super.init(on: loop, initialised: tcp)
    }

    private init(pipeOn loop: Loop) {
        let pipe = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
        // Cannot fail: it only fills in the memory.
        unsafe uv_pipe_init(loop.raw, pipe, 0)
        // Safe: a uv_pipe_t starts with the fields of a uv_stream_t, and only libuv looks into it.
        unsafe raw = UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_stream_t.self)
        unsafe super.init(on: loop, initialised: pipe)
    }

    private func adopt(
        _ operation: String, _ open: (UnsafeMutablePointer<uv_stream_t>) -> Int32
    ) throws(UVFault) {
        let result = unsafe open(raw)
        guard result == 0 else {
            close()
            throw UVFault(code: result, operation: operation)
        }
    }

    override func dropHandlers() {
        isReading = false
        (onRead, onEnd) = (nil, nil)
    }
}

// MARK: - Reading

extension Stream {
    /// Reads until `stopReading()` or the end. After the end it does nothing.
    package func startReading() {
        guard !isClosed, !hasEnded, !isReading else { return }
        let result = unsafe uv_read_start(
            raw,
            { raw, _, buffer in
                // Safe: libuv fills at most the length given, and calls back before it asks again.
                let loop = unsafe object(Stream.self, from: raw?.pointee.data).loop
                unsafe buffer?.pointee.base = UnsafeMutableRawPointer(loop.readBuffer).assumingMemoryBound(
                    to: CChar.self)
                unsafe buffer?.pointee.len = Loop.readBufferSize
            },
            { raw, count, _ in unsafe object(Stream.self, from: raw?.pointee.data).received(count) })
        guard result == 0 else {
            // Only a stream that cannot be read at all: one not connected, or the writing end of a pipe.
            preconditionFailure("uv_read_start: \(UVFault(code: result, operation: "uv_read_start"))")
        }
        isReading = true
    }

    /// Leaves what comes in the kernel, until `startReading()`.
    package func stopReading() {
        guard !isClosed, isReading else { return }
        isReading = false
        unsafe uv_read_stop(raw)
    }

    private func received(_ count: Int) {
        if count > 0 {
            // Safe: libuv has just filled so many bytes of the buffer, and nothing writes to it during the call.
            let bytes = unsafe UnsafeBufferPointer(start: loop.readBuffer, count: count)
            unsafe onRead?(bytes.span)
        } else if count < 0 {
            isReading = false
            hasEnded = true
            unsafe uv_read_stop(raw)
            let code = Int32(truncatingIfNeeded: count)
            onEnd?(code == UV_EOF.rawValue ? nil : UVFault(code: code, operation: "read"))
        }
    }
}

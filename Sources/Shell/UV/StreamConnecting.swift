import CLibuv

extension Stream {
    /// Connects over TCP.
    ///
    /// - Parameter completion: called once, on a later turn. On a failure the stream is already closed.
    /// - Returns: the stream on its way. Closing it gives up: the completion then gets ECANCELED.
    @discardableResult
    package static func connect(
        on loop: Loop, to address: SocketAddress,
        completion: @escaping (Result<Stream, UVFault>) -> Void
    ) -> Stream {
        let stream = Stream(tcpOn: loop)
        let request = unsafe ConnectRequest.make(stream, completion)
        let result = unsafe address.withSystemAddress { address, _ in
            unsafe uv_tcp_connect(
                request.pointer(to: \.raw),
                UnsafeMutableRawPointer(stream.raw).assumingMemoryBound(to: uv_tcp_t.self), address
            ) { raw, status in
                unsafe ConnectRequest.finish(raw?.pointee.data, status)
            }
        }
        if result != 0 {
            loop.later { unsafe ConnectRequest.finish(UnsafeMutableRawPointer(request), result) }
        }
        return stream
    }
}

/// The memory of one connection under way.
///
/// Safe because libuv calls back exactly once for a request it took, with ECANCELED when the stream is closed, and
/// `finish` is called nowhere else but for a request that it did not take.
@unsafe
private struct ConnectRequest {
    var raw = unsafe uv_connect_t()
    let stream: Stream
    let completion: (Result<Stream, UVFault>) -> Void

    static func make(
        _ stream: Stream, _ completion: @escaping (Result<Stream, UVFault>) -> Void
    ) -> UnsafeMutablePointer<ConnectRequest> {
        let request = UnsafeMutablePointer<ConnectRequest>.allocate(capacity: 1)
        unsafe request.initialize(to: ConnectRequest(stream: stream, completion: completion))
        unsafe request.pointee.raw.data = UnsafeMutableRawPointer(request)
        return unsafe request
    }

    static func finish(_ data: UnsafeMutableRawPointer?, _ status: Int32) {
        guard let data = unsafe data else { preconditionFailure("a connect request without data") }
        let request = unsafe data.assumingMemoryBound(to: ConnectRequest.self)
        let finished = unsafe request.move()
        unsafe request.deallocate()
        guard status == 0 else {
            unsafe finished.stream.close()
            unsafe finished.completion(.failure(UVFault(code: status, operation: "connect")))
            return
        }
        unsafe finished.completion(.success(finished.stream))
    }
}

import CLinux
import Glibc

/// Starts a thread that gets no signals: the service's handlers run on the loop's thread, and a system call of this
/// thread is never interrupted.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(UVFault) -> pthread_t {
    let context = unsafe Unmanaged.passRetained(ThreadBody(run: body)).toOpaque()
    var thread = pthread_t()
    let result = SignalDispositions.withAllBlocked {
        // Safe: the new thread takes over the one reference to the body.
        unsafe pthread_create(&thread, nil, { unsafe runThread($0) }, context)
    }
    guard result == 0 else {
        unsafe Unmanaged<ThreadBody>.fromOpaque(context).release()
        throw UVFault(code: -result, operation: "pthread_create")
    }
    _ = unsafe pthread_setname_np(thread, String(decoding: name.utf8.prefix(15), as: UTF8.self))
    return thread
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { preconditionFailure("a thread without a body") }
    unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

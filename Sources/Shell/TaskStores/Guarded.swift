import Synchronization

/// A value that several threads use, one at a time: what a thread owns, and the loop only touches at start
/// and end.
final class Guarded<Value>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: sending Value) {
        mutex = Mutex(value)
    }

    func withLock<Result, Fault: Error>(
        _ body: (inout sending Value) throws(Fault) -> sending Result
    ) throws(Fault) -> sending Result {
        try mutex.withLock(body)
    }
}

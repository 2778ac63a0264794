import CLinux
import Glibc
package import MonotonicTime

/// A hold on one process, whoever its parent is: what is done through it can never reach another process
/// that was given the same number later.
package struct ProcessHandle: ~Copyable {
    package let pid: Int32
    private let descriptor: Int32

    /// - Throws: ESRCH when there is no such process.
    package init(_ pid: Int32) throws(UVFault) {
        descriptor = pidfd_open(pid, 0)
        guard descriptor >= 0 else { throw UVFault(errnoOf: "pidfd_open") }
        self.pid = pid
    }

    deinit { closeDescriptor(descriptor) }

    /// Ends it at once. One that has ended already is fine.
    package borrowing func kill() throws(UVFault) {
        guard pidfd_send_signal(descriptor, SIGKILL, nil, 0) == 0 || errno == ESRCH else {
            throw UVFault(errnoOf: "kill")
        }
    }

    /// Waits until it has ended.
    ///
    /// - Returns: false when it has not by the deadline.
    package borrowing func waitForEnd(until deadline: Instant) -> Bool {
        while true {
            let left = monotonicNow().duration(to: deadline).components
            let milliseconds = max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Safe: one descriptor is described, and the call ends before the variable does.
            let count = unsafe poll(&watched, 1, Int32(clamping: milliseconds + 1))
            if count > 0 { return true }
            if monotonicNow() >= deadline { return false }
        }
    }
}

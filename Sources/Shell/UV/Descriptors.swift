import CLinux
import Glibc

/// A pipe whose ends are closed in children, and are never 0, 1 or 2, even when the service was started without these.
func makePipe() throws(UVFault) -> (readEnd: Int32, writeEnd: Int32) {
    var ends: [Int32] = [-1, -1]
    // Safe: pipe2 writes two numbers.
    guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw UVFault(errnoOf: "pipe2") }
    for index in ends.indices where ends[index] <= STDERR_FILENO {
        let lifted = fcntl(ends[index], F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        guard lifted >= 0 else {
            let fault = UVFault(errnoOf: "fcntl")
            ends.forEach(closeDescriptor)
            throw fault
        }
        closeDescriptor(ends[index])
        ends[index] = lifted
    }
    return (ends[0], ends[1])
}

/// Linux has closed the descriptor whatever the call says, so there is nothing to do about an error.
func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
}

import CLinux
import Glibc

/// A pipe whose ends are closed in children.
func makePipe() throws(UVFault) -> (readEnd: Int32, writeEnd: Int32) {
    var ends: [Int32] = [-1, -1]
    // Safe: pipe2 writes two numbers.
    guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw UVFault(errnoOf: "pipe2") }
    return (ends[0], ends[1])
}

/// Linux has closed the descriptor whatever the call says, so there is nothing to do about an error.
func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
}

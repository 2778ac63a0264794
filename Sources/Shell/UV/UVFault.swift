import CLibuv
import CLinux
import Glibc

/// A call of the system or of libuv that failed.
package struct UVFault: Error, Equatable {
    /// libuv's code: on Linux the negative errno, or one of libuv's own codes below -3000.
    package let code: Int32
    /// What was being done, such as `listen`.
    package let operation: String

    package init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// A call that failed with `errno` just now.
    init(errnoOf operation: String) {
        self.init(code: -errno, operation: operation)
    }

    /// The code's name, such as `EADDRINUSE`.
    package var name: String { unsafe text(from: uv_err_name_r) }

    /// What the code means, such as `address already in use`.
    package var message: String { unsafe text(from: uv_strerror_r) }

    private func text(
        from write: (Int32, UnsafeMutablePointer<CChar>?, Int) -> UnsafeMutablePointer<CChar>?
    ) -> String {
        // Safe: both functions write at most `capacity` bytes, ended by a NUL.
        unsafe String(unsafeUninitializedCapacity: 128) { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else { return 0 }
                _ = unsafe write(code, start, characters.count)
                return unsafe strnlen(start, characters.count)
            }
        }
    }
}

extension UVFault: CustomStringConvertible {
    package var description: String { "\(operation): \(message) (\(name))" }
}

import CLinux

/// The executable `fusebox` as it was built beside the program that runs: the tests, or bench.
package enum BuiltExecutable {
    package static var path: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        // Safe: the kernel writes at most as many bytes as it is told of.
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let own = String(decoding: bytes, as: UTF8.self)
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/fusebox"
    }
}

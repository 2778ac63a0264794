import CLinux
import UV

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

    /// What a child is given of our own environment, so that the lines it runs count, and a sanitizer sees it
    /// as it sees us. Nobody else sets these.
    package static let instruments = [
        "LLVM_PROFILE_FILE", "LD_PRELOAD", "TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS",
    ]

    /// The environment of a child: nothing of ours but the instruments.
    ///
    /// - Parameter isCounted: whether the lines that the child runs count.
    package static func environment(_ more: [String] = [], isCounted: Bool = true) -> [String] {
        let given = instruments.compactMap { name in environmentVariable(name).map { "\(name)=\($0)" } }
        return ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp"] + more
            + given.filter { isCounted || !$0.hasPrefix(instruments[0]) }
            + (isCounted ? [] : ["\(instruments[0])=/dev/null"])
    }
}

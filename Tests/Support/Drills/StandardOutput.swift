import CLinux

/// Where a drill says how it goes: a line is out at once, also into a pipe.
package enum StandardOutput {
    package static func say(_ line: String) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            // Safe: the bytes live during the call, and there are as many as it is told of.
            let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

import CLinux
import Glibc

/// The call of posix_spawn: everything the child is given, and nothing else.
///
/// The child leads a process group of its own, has every signal at its default and none blocked, and has no
/// descriptor but 0, 1 and 2.
struct SpawnCall {
    let file: String
    let arguments: [String]
    let environment: [String]
    let directory: String?
    /// What becomes the child's 0 (nil: /dev/null), 1 and 2. All of them are above 2 here, because 0, 1 and 2
    /// are open in every process with a loop.
    let input: Int32?
    let output: Int32
    let errorOutput: Int32

    /// The id of the new process, which leads the group of the same number.
    func run() throws(SpawnFault) -> Int32 {
        var arguments = TextBlock(arguments)
        var environment = TextBlock(environment)
        guard !arguments.hasInnerNUL, !environment.hasInnerNUL, !file.utf8.contains(0),
            directory.map({ !$0.utf8.contains(0) }) ?? true
        else {
            throw .notExecutable(file, reason: "a NUL byte in its arguments, environment or directory")
        }
        var process: Int32 = 0
        // Safe: the actions, attributes and strings all outlive the call, which copies what it keeps.
        let code = unsafe withActions { actions in
            unsafe withAttributes { attributes in
                unsafe arguments.withPointers { arguments in
                    unsafe environment.withPointers { environment in
                        unsafe posix_spawn(&process, file, actions, attributes, arguments, environment)
                    }
                }
            }
        }
        guard code != 0 else { return process }
        throw fault(code)
    }

    private func fault(_ code: Int32) -> SpawnFault {
        switch code {
        case EMFILE, ENFILE, EAGAIN, ENOMEM: .resource(UVFault(code: -code, operation: "posix_spawn"))
        case ENOENT: .notExecutable(file, reason: "its interpreter was not found")
        case ENOEXEC: .notExecutable(file, reason: "it is neither a program nor a script with an interpreter")
        case E2BIG: .argumentsTooLong(file)
        default: .notExecutable(file, reason: errorText(code))
        }
    }

    private func withActions(
        _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> Int32
    ) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        var results: [Int32] = []
        if let directory {
            unsafe results.append(posix_spawn_file_actions_addchdir_np(&actions, directory))
        }
        if let input {
            unsafe results.append(posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO))
        } else {
            unsafe results.append(
                posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0))
        }
        unsafe results.append(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO))
        unsafe results.append(posix_spawn_file_actions_adddup2(&actions, errorOutput, STDERR_FILENO))
        unsafe results.append(posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1))
        if let failed = results.first(where: { $0 != 0 }) { return failed }
        return unsafe body(&actions)
    }

    private func withAttributes(_ body: (UnsafePointer<posix_spawnattr_t>) -> Int32) -> Int32 {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        var none = sigset_t()
        unsafe sigfillset(&all)
        unsafe sigemptyset(&none)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        // These only store their argument; they fail for unknown flags alone.
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        return unsafe body(&attributes)
    }
}

/// Strings in the form of argv: NUL-ended texts in one block.
private struct TextBlock {
    private var bytes: [UInt8]
    private let starts: [Int]
    /// Whether a text has a NUL of its own, where it would end for the program.
    let hasInnerNUL: Bool

    init(_ texts: [String]) {
        var length = texts.count
        for text in texts { length += text.utf8.count }
        var (bytes, starts): ([UInt8], [Int]) = ([], [])
        bytes.reserveCapacity(length)
        starts.reserveCapacity(texts.count)
        for text in texts {
            starts.append(bytes.count)
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        }
        hasInnerNUL = bytes.span.count(of: 0) > texts.count
        (self.bytes, self.starts) = (bytes, starts)
    }

    /// Lends the pointers to the texts, and a nil behind them.
    mutating func withPointers(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        let starts = starts
        // Safe: the block does not move and lives until `body` has returned; every text in it ends with a
        // NUL.
        return unsafe bytes.withUnsafeMutableBytes { block in
            let base = unsafe block.baseAddress?.assumingMemoryBound(to: CChar.self)
            var pointers = unsafe starts.map { start in unsafe base?.advanced(by: start) }
            unsafe pointers.append(nil)
            return unsafe body(pointers)
        }
    }
}

extension Span<UInt8> {
    fileprivate func count(of byte: UInt8) -> Int {
        var count = 0
        for index in indices { count &+= self[index] == byte ? 1 : 0 }
        return count
    }
}

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
        let texts = arguments + environment + [file, directory ?? ""]
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw .notExecutable(file, reason: "a NUL byte in its arguments, environment or directory")
        }
        var process: Int32 = 0
        // Safe: the actions, attributes and strings all outlive the call, which copies what it keeps.
        let code = unsafe withActions { actions in
            unsafe withAttributes { attributes in
                unsafe withArrayOfCStrings(arguments) { arguments in
                    unsafe withArrayOfCStrings(environment) { environment in
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

/// Lends strings in the form of argv: pointers to NUL-ended texts in one block, and a nil at the end.
private func withArrayOfCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var block: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(block.count)
        block.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
        block.append(0)
    }
    // Safe: the block does not move and lives until `body` has returned; every text in it ends with a NUL.
    return unsafe block.withUnsafeMutableBufferPointer { block in
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe starts.map {
            unsafe block.baseAddress?.advanced(by: $0)
        }
        unsafe pointers.append(nil)
        return unsafe body(pointers)
    }
}

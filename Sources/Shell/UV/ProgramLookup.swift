import CLinux
import Glibc

/// Finds the file to execute, before a process is made for it: posix_spawn has one ENOENT for a missing
/// directory, a missing program and a missing interpreter, and a message should name the right one.
///
/// What is found may be gone a moment later; posix_spawn then still says no, only less precisely.
struct ProgramLookup {
    /// Where programs are looked for when the child's environment has no PATH.
    static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

    let directory: String?
    let environment: [String]

    /// The PATH of the child's environment.
    private var path: Substring.UTF8View {
        let name = "PATH="
        // By bytes: a path is looked for and through for every process, and characters are dear.
        let entry = environment.last { $0.utf8.starts(with: name.utf8) } ?? name + Self.defaultPath
        return entry[...].utf8.dropFirst(name.utf8.count)
    }

    /// The file to execute, as the child sees it from its directory.
    func file(for program: String) throws(SpawnFault) -> String {
        try checkDirectory()
        guard !program.isEmpty else { throw .programNotFound("\"\"") }
        guard !program.utf8.contains(UInt8(ascii: "/")) else {
            try checkFile(program)
            return program
        }
        var denied: SpawnFault?
        for entry in path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            // An empty entry is the current directory, here as in any shell.
            let candidate = entry.isEmpty ? "./\(program)" : "\(Substring(entry))/\(program)"
            do {
                try checkFile(candidate)
                return candidate
            } catch .notExecutable(let file, let reason) {
                denied = denied ?? .notExecutable(file, reason: reason)
            } catch {
                continue
            }
        }
        throw denied ?? .programNotFound(program)
    }

    private func checkDirectory() throws(SpawnFault) {
        guard let directory else { return }
        switch mode(of: directory) {
        case nil: throw .directoryMissing(directory, reason: errorText(errno))
        case .some(let mode) where mode & S_IFMT != S_IFDIR:
            throw .directoryMissing(directory, reason: errorText(ENOTDIR))
        case .some:
            guard mayExecute(directory) else { throw .directoryMissing(directory, reason: errorText(errno)) }
        }
    }

    private func checkFile(_ file: String) throws(SpawnFault) {
        let seenFromHere = directory.map { file.hasPrefix("/") ? file : "\($0)/\(file)" } ?? file
        guard let mode = mode(of: seenFromHere) else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw .notExecutable(file, reason: errorText(errno))
            }
            throw .programNotFound(file)
        }
        guard mode & S_IFMT == S_IFREG else {
            throw .notExecutable(file, reason: mode & S_IFMT == S_IFDIR ? "is a directory" : "is not a file")
        }
        guard mayExecute(seenFromHere) else { throw .notExecutable(file, reason: errorText(errno)) }
    }

    private func mode(of file: String) -> mode_t? {
        var status = stat()
        // Safe: the call fills in the variable.
        return unsafe stat(file, &status) == 0 ? status.st_mode : nil
    }

    private func mayExecute(_ file: String) -> Bool {
        unsafe faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0
    }
}

/// The system's words for an errno: `No such file or directory`.
func errorText(_ code: Int32) -> String {
    UVFault(code: -code, operation: "").message
}

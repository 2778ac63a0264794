/// Which program to start, and with what.
package struct ChildSpecification: Sendable {
    /// argv. The first is the program: a path when it has a slash, else a name that is looked up in the PATH
    /// of `environment`. Relative paths are relative to `directory`.
    package var arguments: [String]
    /// `NAME=value` each; nothing else is inherited.
    package var environment: [String]
    /// Where the program runs; nil for the service's own directory.
    package var directory: String?
    /// A pipe for the program's standard input; otherwise it reads from /dev/null.
    package var standardInput: Bool

    package init(
        arguments: [String], environment: [String], directory: String? = nil, standardInput: Bool = false
    ) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.standardInput = standardInput
    }
}

/// Why a program was not started.
package enum SpawnFault: Error, Equatable {
    /// No such file, or no program of that name in PATH.
    case programNotFound(String)
    /// The file is there but cannot be run: no permission, not a program, no interpreter.
    case notExecutable(String, reason: String)
    /// The directory to run in is missing, is not a directory, or cannot be entered.
    case directoryMissing(String, reason: String)
    /// An argument, or arguments and environment together, are over the kernel's limits.
    case argumentsTooLong(String)
    /// The system could not: descriptors, memory, processes. Not the program's fault.
    case resource(UVFault)
}

extension SpawnFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .programNotFound(let program): "the program \(program) was not found"
        case .notExecutable(let program, let reason): "the program \(program) cannot be run: \(reason)"
        case .directoryMissing(let directory, let reason):
            "the directory \(directory) cannot be used: \(reason)"
        case .argumentsTooLong(let program):
            "the program \(program) cannot be started: its arguments and environment are too long"
        case .resource(let fault): "the system could not start a process: \(fault)"
        }
    }
}

/// How a process ended.
package enum ExitStatus: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32, coreDumped: Bool)
}

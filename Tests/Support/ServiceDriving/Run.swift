import UV

/// A program that is run to its end.
package struct Run {
    /// The exit code; -1 when a signal ended it.
    package private(set) var code: Int32 = -1
    package private(set) var output = ""
    package private(set) var errors = ""

    package static func toEnd(
        _ arguments: [String], input: String? = nil, directory: String? = nil, environment: [String] = []
    ) throws(DrivingFault) -> Run {
        do {
            return try run(arguments, input: input, directory: directory, environment: environment)
        } catch {
            throw DrivingFault("\(arguments.joined(separator: " ")): \(error)")
        }
    }

    private static func run(
        _ arguments: [String], input: String?, directory: String?, environment: [String]
    ) throws -> Run {
        let loop = try Loop()
        defer { loop.close() }
        var run = Run()
        var (output, errors): ([UInt8], [UInt8]) = ([], [])
        let child = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: arguments, environment: BuiltExecutable.environment(environment),
                directory: directory, standardInput: input != nil)
        ) { status in
            if case .exited(let code) = status { run.code = code }
        }
        child.standardOutput.onRead = { bytes in for index in bytes.indices { output.append(bytes[index]) } }
        child.standardError.onRead = { bytes in for index in bytes.indices { errors.append(bytes[index]) } }
        for stream in [child.standardOutput, child.standardError] { stream.startReading() }
        if let input {
            child.standardInput?.write(Array(input.utf8))
            child.standardInput?.shutdown { _ in }
        }
        loop.run()
        child.close()
        run.output = String(decoding: output, as: UTF8.self)
        run.errors = String(decoding: errors, as: UTF8.self)
        return run
    }
}

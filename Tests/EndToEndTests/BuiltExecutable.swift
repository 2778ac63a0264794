import CLinux
import HTTPRequesting
import HTTPWire
import JSON
import MonotonicTime
import UV

/// The executable as it was built beside these tests.
enum BuiltExecutable {
    static var path: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        // Safe: the kernel writes at most as many bytes as it is told of.
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let own = String(decoding: bytes, as: UTF8.self)
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/fusebox"
    }
}

/// A folder that is there for one test.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/fusebox-test-XXXXXX".utf8CString)
        // Safe: mkdtemp writes only over the six X of a text that ends with NUL.
        let made = unsafe mkdtemp(&template) != nil
        precondition(made, "no temporary folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func write(_ text: String, to name: String) throws {
        let result = try Run.toEnd(["/bin/sh", "-c", "cat > \"$0\"", "\(path)/\(name)"], input: text)
        precondition(result.code == 0, result.errors)
    }

    func text(of name: String) throws -> String {
        try Run.toEnd(["/bin/cat", "\(path)/\(name)"]).output
    }

    deinit {
        _ = try? Run.toEnd(["/bin/rm", "-rf", path])
    }
}

/// A program that is run to its end.
struct Run {
    var code: Int32 = -1
    var output = ""
    var errors = ""

    static func toEnd(
        _ arguments: [String], input: String? = nil, directory: String? = nil, environment: [String] = []
    ) throws -> Run {
        let loop = try Loop()
        var run = Run()
        var (output, errors): ([UInt8], [UInt8]) = ([], [])
        let child = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: arguments,
                environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp"] + environment,
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
        loop.close()
        run.output = String(decoding: output, as: UTF8.self)
        run.errors = String(decoding: errors, as: UTF8.self)
        return run
    }
}

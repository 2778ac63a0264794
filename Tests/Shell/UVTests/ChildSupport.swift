import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

/// Swift Testing has a type of this name too.
typealias ExitStatus = UV.ExitStatus

/// What a child did, seen to its end.
struct Observation {
    var status: ExitStatus?
    var output = ""
    var errorOutput = ""
}

/// Starts a program, gives it `input`, reads both outputs to their ends and waits for its exit.
func observe(_ specification: ChildSpecification, input: [UInt8]? = nil) throws -> Observation {
    let loop = try Loop()
    defer { loop.close() }
    var seen = Observation()
    let (output, errorOutput) = (Collected(), Collected())
    let child = try ChildProcess.spawn(on: loop, specification) { seen.status = $0 }
    for (stream, collected) in [(child.standardOutput, output), (child.standardError, errorOutput)] {
        stream.onRead = { collected.append($0) }
        stream.startReading()
    }
    if let input { child.standardInput?.write(input) }
    child.standardInput?.shutdown()
    loop.run()
    child.close()
    (seen.output, seen.errorOutput) = (output.text, errorOutput.text)
    return seen
}

/// A shell script as a child.
func shell(
    _ script: String, environment: [String] = ["PATH=/usr/bin:/bin"], directory: String? = nil,
    standardInput: Bool = false
) -> ChildSpecification {
    ChildSpecification(
        arguments: ["/bin/sh", "-c", script], environment: environment, directory: directory,
        standardInput: standardInput)
}

/// A folder of its own under /tmp, removed with all that is in it at the end.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/uv-tests-XXXXXX".utf8CString)
    try #require(unsafe mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        _ = try? observe(shell("chmod -R u+rwx '\(folder)'; rm -rf '\(folder)'"))
    }
    return try body(folder)
}

/// Writes a file, by a child: were it open here, a process that another test starts at this moment would have
/// it open too, and a file open for writing cannot be executed.
func writeFile(_ path: String, _ text: String, mode: mode_t) throws {
    let script = "cat > '\(path)' && chmod \(String(mode, radix: 8)) '\(path)'"
    try #require(observe(shell(script, standardInput: true), input: Array(text.utf8)).status == .exited(0))
}

/// True when a process with this id exists, be it only as a zombie.
func exists(_ process: Int32) -> Bool {
    kill(process, 0) == 0
}

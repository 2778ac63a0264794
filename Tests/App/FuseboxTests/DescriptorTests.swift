import CLinux
import Glibc
import Testing
import UV

@testable import fusebox

@Suite("Descriptors and files")
struct DescriptorTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory(prefix: "/tmp/fusebox-test")
    }

    @Test func `everything written is read, also by a slow reader of a pipe that takes little at once`()
        throws
    {
        defer { folder.remove() }
        var ends: [Int32] = [0, 0]
        // Safe: the array has room for the two descriptors.
        try #require(unsafe pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0)
        let (output, input) = (Descriptor(number: ends[0]), Descriptor(number: ends[1]))
        let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let writer = try BatchThread<[UInt8]>(name: "writer") { jobs in
            for bytes in jobs { try? input.write(bytes) }
            close(input.number)
            return nil
        }
        writer.submit(sent)
        // The reader blocks; the writer has to wait for it.
        _ = fcntl(output.number, F_SETFL, 0)
        let isSame = try output.readToEnd() == sent
        #expect(isSame)
        writer.finish()
        close(output.number)
    }

    @Test func `a reader that has gone ends the writing`() throws {
        defer { folder.remove() }
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        // Safe: the array has room for the two descriptors.
        try #require(unsafe pipe2(&ends, O_CLOEXEC) == 0)
        close(ends[0])
        #expect(throws: SystemFault(code: EPIPE)) { try Descriptor(number: ends[1]).write([1, 2, 3]) }
        close(ends[1])
    }

    @Test func `a pipe and a file are no terminals`() throws {
        defer { folder.remove() }
        let file = unsafe open("\(folder.path)/x", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(!Descriptor(number: file).isTerminal)
        close(file)
    }

    @Test func `a file is written anew and read to its end`() throws {
        defer { folder.remove() }
        let path = "\(folder.path)/file"
        try File.write(String(repeating: "long", count: 50_000), to: path)
        try File.write("short", to: path)
        #expect(try File.read(path) == Array("short".utf8))
    }

    @Test func `a file that cannot be opened is named with the reason`() {
        defer { folder.remove() }
        let path = "\(folder.path)/none/file"
        let fault = #expect(throws: FileFault.self) { try File.read(path) }
        #expect(fault?.description == "\(path): No such file or directory")
        #expect(throws: FileFault.self) { try File.write("", to: path) }
    }

    @Test func `a file that cannot be read or written to its end is named with the reason`() {
        defer { folder.remove() }
        let unreadable = #expect(throws: FileFault.self) { try File.read(folder.path) }
        #expect(unreadable?.description == "\(folder.path): Is a directory")
        let full = #expect(throws: FileFault.self) { try File.write("text", to: "/dev/full") }
        #expect(full?.description == "/dev/full: No space left on device")
    }

    @Test func `the program knows its own file`() throws {
        defer { folder.remove() }
        let path = try #require(ownExecutable())
        #expect(path.hasPrefix("/"))
        #expect(unsafe access(path, X_OK) == 0)
    }
}

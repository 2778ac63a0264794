import CLinux
import Glibc
import Testing
import UV

@Suite("Stream over a pipe")
struct PipeTests {
    /// A pipe of the kernel: (end to read, end to write).
    private func makePipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test("bytes and the end go through; shutdown of the writing end closes it")
    func through() throws {
        let loop = try Loop()
        let (readEnd, writeEnd) = try makePipe()
        let reader = try Stream.pipe(on: loop, adopting: readEnd)
        let writer = try Stream.pipe(on: loop, adopting: writeEnd)
        let collected = Collected()
        var didShutDown = false
        reader.onRead = { collected.append($0) }
        reader.onEnd = { fault in
            #expect(fault == nil)
            reader.close()
        }
        reader.startReading()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        writer.write(bytes)
        writer.shutdown { fault in
            #expect(fault == nil)
            didShutDown = true
        }
        #expect(!writer.isClosed, "300,000 bytes are more than a pipe holds")
        loop.run()
        loop.close()
        #expect(collected.bytes == bytes)
        #expect(didShutDown)
        #expect(writer.isClosed)
    }

    @Test("a pipe that nobody reads any more is EPIPE for the writer")
    func nobodyReads() throws {
        let loop = try Loop()
        let (readEnd, writeEnd) = try makePipe()
        close(readEnd)
        let writer = try Stream.pipe(on: loop, adopting: writeEnd)
        var names: [String?] = []
        writer.write([1]) { names.append($0?.name) }
        writer.shutdown { names.append($0?.name) }
        loop.run()
        loop.close()
        #expect(names.first == "EPIPE")
        #expect(names.count == 2)
        #expect(writer.isClosed)
    }

    @Test("what is not a descriptor is refused")
    func badDescriptor() throws {
        let loop = try Loop()
        let fault = #expect(throws: UVFault.self) { try Stream.pipe(on: loop, adopting: 1_000_000) }
        #expect(fault?.name == "EBADF")
        loop.close()
    }

    @Test("a socket pair goes both ways, and shutdown keeps its reading side")
    func socketPair() throws {
        let loop = try Loop()
        var ends: [Int32] = [-1, -1]
        try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let left = try Stream.pipe(on: loop, adopting: ends[0])
        let right = try Stream.pipe(on: loop, adopting: ends[1])
        let collected = Collected()
        left.onRead = { collected.append($0) }
        left.onEnd = { _ in left.close() }
        right.onEnd = { _ in
            right.write(Array("still here".utf8))
            right.shutdown { _ in right.close() }
        }
        left.startReading()
        right.startReading()
        left.shutdown()
        loop.run()
        loop.close()
        #expect(collected.text == "still here")
    }
}

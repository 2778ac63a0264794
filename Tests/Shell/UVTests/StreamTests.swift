import Glibc
import Testing
import UV

@Suite("Stream over TCP")
struct StreamTests {
    @Test("what one side writes the other reads, in both directions, and the end is told once")
    func echo() throws {
        let loop = try Loop()
        let reply = Collected()
        var ends = 0
        let server = try Server(on: loop) { stream in
            stream.onRead = { [unowned stream] bytes in
                let copy = Collected()
                copy.append(bytes)
                stream.write(copy.bytes)
            }
            stream.onEnd = { [unowned stream] fault in
                #expect(fault == nil)
                stream.shutdown()
            }
            stream.startReading()
        }
        Stream.connect(on: loop, to: server.listener.address) { result in
            guard let stream = succeeded(result) else { return server.close() }
            stream.onRead = { reply.append($0) }
            stream.onEnd = { fault in
                #expect(fault == nil)
                ends += 1
                stream.startReading()
                #expect(!stream.isReading)
                stream.close()
                server.close()
            }
            stream.startReading()
            stream.write(Array("hello, ".utf8))
            stream.write([])
            stream.write(Array("world".utf8))
            stream.shutdown()
        }
        loop.run()
        loop.close()
        #expect(reply.text == "hello, world")
        #expect(ends == 1)
    }

    @Test("6 MiB arrive whole and in order although the reader pauses again and again")
    func large() throws {
        let loop = try Loop()
        let total = 6 << 20
        var received = 0
        var pauses = 0
        var reader: Stream?
        let resume = Timer(on: loop) { reader?.startReading() }
        var server: Server?
        let opened = try Server(on: loop) { stream in
            reader = stream
            stream.onRead = { [unowned stream] bytes in
                for index in bytes.indices {
                    // Odd multiplier: a chunk that is lost, doubled or swapped changes the pattern.
                    if bytes[index] != UInt8(truncatingIfNeeded: (received &+ index) &* 167 >> 4) {
                        Issue.record("wrong byte at \(received + index)")
                        stream.close()
                        return
                    }
                }
                #expect(bytes.count <= Loop.readBufferSize)
                received += bytes.count
                guard received > pauses << 18 else { return }
                pauses += 1
                stream.stopReading()
                #expect(!stream.isReading)
                resume.arm(at: loop.now)
            }
            stream.onEnd = { _ in
                resume.close()
                server?.close()
            }
            stream.startReading()
        }
        server = opened
        var completions: [Int] = []
        Stream.connect(on: loop, to: opened.listener.address) { result in
            guard let stream = succeeded(result) else { return opened.close() }
            for part in 0..<8 {
                let bytes = (part * total / 8..<(part + 1) * total / 8).map {
                    UInt8(truncatingIfNeeded: $0 &* 167 >> 4)
                }
                stream.write(bytes) { fault in
                    #expect(fault == nil)
                    completions.append(part)
                }
            }
            #expect(completions.isEmpty, "never inside write")
            #expect(stream.pendingWriteBytes > 0)
            stream.shutdown { fault in
                #expect(fault == nil)
                #expect(stream.pendingWriteBytes == 0)
                stream.close()
            }
        }
        loop.run()
        (reader, server) = (nil, nil)
        loop.close()
        #expect(received == total)
        #expect(pauses > 10)
        #expect(completions == Array(0..<8))
    }

    @Test("a reader that does not read pushes back: the queue grows, and a close fails what is queued")
    func backpressure() throws {
        let loop = try Loop()
        var faults: [UVFault?] = []
        let server = try Server(on: loop) { _ in }
        Stream.connect(on: loop, to: server.listener.address) { result in
            guard let stream = succeeded(result) else { return server.close() }
            let block = [UInt8](repeating: 7, count: 1 << 20)
            for _ in 0..<64 { stream.write(block) { faults.append($0) } }
            // More than any default buffer of the kernel takes.
            #expect(stream.pendingWriteBytes > 16 << 20)
            loop.later {
                stream.close()
                #expect(stream.pendingWriteBytes == 0)
                #expect(stream.isClosed)
                stream.write([1]) { faults.append($0) }
                stream.shutdown { faults.append($0) }
                server.close()
            }
        }
        loop.run()
        loop.close()
        #expect(faults.count == 66)
        #expect(faults.suffix(10).allSatisfy { $0?.name == "ECANCELED" })
    }

    @Test("writing to a peer that has gone is a fault of the write, not the end of the process")
    func brokenPipe() throws {
        let loop = try Loop()
        var fault: UVFault?
        let server = try Server(on: loop) { $0.close() }
        Stream.connect(on: loop, to: server.listener.address) { result in
            guard let stream = succeeded(result) else { return server.close() }
            stream.onEnd = { _ in
                // The peer answers the first write with a reset; a later one meets it.
                func writeAgain() {
                    stream.write([1, 2, 3]) { result in
                        guard let result else { return writeAgain() }
                        fault = result
                        stream.close()
                        server.close()
                    }
                }
                writeAgain()
            }
            stream.startReading()
        }
        loop.run()
        loop.close()
        #expect(["EPIPE", "ECONNRESET"].contains(fault?.name))
        #expect(fault?.operation == "write")
    }

    @Test("a reset is told as a fault at the end")
    func reset() throws {
        let loop = try Loop()
        var end: UVFault??
        let server = try Server(on: loop) { stream in
            // It closes with bytes unread, which resets the connection.
            loop.later { loop.later { stream.close() } }
        }
        Stream.connect(on: loop, to: server.listener.address) { result in
            guard let stream = succeeded(result) else { return server.close() }
            stream.onEnd = { fault in
                end = fault
                stream.close()
                server.close()
            }
            stream.write([1])
            stream.startReading()
        }
        loop.run()
        loop.close()
        #expect(end??.name == "ECONNRESET")
    }

    @Test("connecting to a port where nobody listens fails on a later turn, and the stream is closed")
    func refused() throws {
        let loop = try Loop()
        let server = try Server(on: loop) { _ in }
        let address = server.listener.address
        server.close()
        var result: Result<Stream, UVFault>?
        let stream = Stream.connect(on: loop, to: address) { result = $0 }
        #expect(result == nil)
        loop.run()
        #expect(stream.isClosed)
        loop.close()
        guard case .failure(let fault) = result else {
            Issue.record("connected")
            return
        }
        #expect(fault.name == "ECONNREFUSED")
        #expect(fault.description == "connect: connection refused (ECONNREFUSED)")
    }

    @Test("closing a stream that is connecting gives up, and the completion says so once")
    func giveUp() throws {
        let loop = try Loop()
        var names: [String] = []
        // TEST-NET-1 (RFC 5737) answers nobody.
        let address = try #require(SocketAddress(host: "192.0.2.1", port: 9))
        let stream = Stream.connect(on: loop, to: address) { result in
            if case .failure(let fault) = result { names.append(fault.name) }
        }
        stream.close()
        loop.run()
        loop.close()
        #expect(names == ["ECANCELED"])
    }

    @Test("a stream closed inside its own onRead is not called again")
    func closeInsideRead() throws {
        let loop = try Loop()
        var reads = 0
        let server = try Server(on: loop) { stream in
            for _ in 0..<4 { stream.write([UInt8](repeating: 1, count: 200_000)) }
        }
        Stream.connect(on: loop, to: server.listener.address) { result in
            guard let stream = succeeded(result) else { return server.close() }
            stream.onRead = { _ in
                reads += 1
                stream.close()
                server.close()
            }
            stream.onEnd = { _ in Issue.record("called after close") }
            stream.startReading()
        }
        loop.run()
        loop.close()
        #expect(reads == 1)
    }

    @Test("handlers that hold their stream are let go when it is closed")
    func noCycle() throws {
        let loop = try Loop()
        weak var seen: Stream?
        let server = try Server(on: loop) { _ in }
        Stream.connect(on: loop, to: server.listener.address) { result in
            guard let stream = succeeded(result) else { return server.close() }
            stream.onRead = { _ in withExtendedLifetime(stream) {} }
            stream.onEnd = { _ in withExtendedLifetime(stream) {} }
            stream.startReading()
            seen = stream
            loop.later {
                seen?.close()
                server.close()
            }
        }
        loop.run()
        loop.close()
        #expect(seen == nil)
    }
}

/// The stream of a connection that must work.
func succeeded(_ result: Result<Stream, UVFault>) -> Stream? {
    switch result {
    case .success(let stream): return stream
    case .failure(let fault):
        Issue.record(fault)
        return nil
    }
}

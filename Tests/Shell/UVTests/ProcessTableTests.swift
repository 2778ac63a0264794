import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

@Suite("The table of processes")
struct ProcessTableTests {
    @Test("has this process, with what it was started with")
    func own() throws {
        #expect(try ProcessTable.numbers().contains(getpid()) && ProcessTable.own == getpid())
        let stat = try #require(ProcessTable.text("stat", of: getpid(), atMost: 4096))
        #expect(String(decoding: stat, as: UTF8.self).hasPrefix("\(getpid()) ("))
        #expect(ProcessTable.text("stat", of: getpid(), atMost: 3)?.count == 3)
        #expect(ProcessTable.text("stat", of: .max, atMost: 3) == nil)
        #expect(ProcessTable.text("nonsense", of: getpid(), atMost: 3) == nil)
    }

    @Test("gives the start of a process in the ticks that are read here")
    func ticks() throws {
        try onLoop { loop, done in
            let before = ProcessTable.ticksNow()
            let child = try ChildProcess.spawn(
                on: loop,
                ChildSpecification(arguments: ["/bin/sleep", "600"], environment: [], standardInput: false)
            ) { _ in }
            let after = ProcessTable.ticksNow()
            let stat = try #require(ProcessTable.text("stat", of: child.pid, atMost: 4096))
            // Its name has no spaces, so the fields can be counted.
            let start = UInt64(String(decoding: stat, as: UTF8.self).split(separator: " ")[21])
            #expect(start.map { (before...after).contains($0) } == true)
            child.signalGroup(SIGKILL)
            child.close()
            done()
        }
        #expect(try ProcessTable.bootName().utf8.count == 36)
    }

    @Test("a hold on a process ends that, and waits for it, whoever its parent is")
    func handle() throws {
        try onLoop { loop, done in
            let child = try ChildProcess.spawn(
                on: loop,
                ChildSpecification(arguments: ["/bin/sleep", "600"], environment: [], standardInput: false)
            ) { _ in done() }
            let handle = try ProcessHandle(child.pid)
            let wasOver = handle.waitForEnd(until: monotonicNow())
            #expect(!wasOver)
            try handle.kill()
            let isOver = handle.waitForEnd(until: monotonicNow().advanced(by: .seconds(20)))
            #expect(isOver)
            try handle.kill()
            loop.run()
            #expect(child.exitStatus == .signalled(SIGKILL, coreDumped: false))
            child.close()
        }
        #expect(throws: UVFault.self) { _ = try ProcessHandle(.max) }
    }
}

@Suite("A file that is written in place")
struct SystemFileTests {
    /// A name that nothing has.
    private func path() throws -> String {
        "/tmp/fusebox-system-file-\(getpid())-\(Randomness.bits())"
    }

    @Test("keeps what is written where it was written, and can be cut")
    func places() throws {
        let path = try path()
        defer { _ = unsafe remove(path) }
        let file = try SystemFile(path, for: .write)
        var bytes = try file.contents(atMost: 100)
        #expect(bytes == [])
        try file.write([1, 2, 3], at: 0)
        try file.write([9], at: 5)
        bytes = try file.contents(atMost: 100)
        #expect(bytes == [1, 2, 3, 0, 0, 9])
        bytes = try file.contents(atMost: 2)
        #expect(bytes == [1, 2])
        try file.truncate(to: 1)
        let again = try SystemFile(path, for: .read)
        bytes = try again.contents(atMost: 100)
        #expect(bytes == [1])
        let (one, other) = (try file.place(), try again.place())
        #expect(one.device == other.device && one.inode == other.inode)
        #expect(throws: UVFault.self) { try SystemFile(path, for: .read).write([1], at: 0) }
    }

    @Test("is read whole, however long it is")
    func long() throws {
        let path = try path()
        defer { _ = unsafe remove(path) }
        let file = try SystemFile(path, for: .write)
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try file.write(bytes, at: 0)
        let (whole, most) = (try file.contents(atMost: .max), try file.contents(atMost: 99_999))
        #expect(whole == bytes && most == bytes.dropLast())
    }

    @Test("says why it cannot be opened, and follows no link")
    func faults() throws {
        #expect(throws: UVFault.self) { _ = try SystemFile("/no/such/folder/file", for: .write) }
        #expect(throws: UVFault.self) { _ = try SystemFile("/no/such/file", for: .read) }
        let path = try path()
        defer { _ = unsafe remove(path) }
        let linked = unsafe symlink("/etc/hostname", path)
        #expect(linked == 0)
        #expect(throws: UVFault.self) { _ = try SystemFile(path, for: .read) }
    }
}

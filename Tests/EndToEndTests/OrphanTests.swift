import CLinux
import HTTPWire
import JSON
import MonotonicTime
import ServiceDriving
import Testing
import UV

@Suite("What a bot leaves behind")
struct OrphanTests {
    /// Ends once the other has a session, and so a group, of its own; tells its id.
    private static let bots = """
        [bots.stray]
        stdin = "none"
        command = ["/bin/sh", "-c", '''
        (setsid sh -c 'echo $$; exec sleep 600 </dev/null >/dev/null 2>&1' &) | head -n 1
        ''']
        """

    @Test("a process that outlives its bot becomes the service's child, and no zombie when it ends")
    func reaped() throws {
        let service = try RunningService(Self.bots)
        let answer = try service.task("stray", "go")
        #expect(answer.text("status") == "succeeded")
        let output = try #require(answer.text("output"))
        let orphan = try #require(Int32(output.dropLast()))
        defer { kill(orphan, SIGKILL) }
        let parent = "readlink /proc/$(sed -n 's/^PPid:\t//p' /proc/\(orphan)/status)/exe"
        #expect(try Run.toEnd(["/bin/sh", "-c", parent]).output == BuiltExecutable.path + "\n")
        kill(orphan, SIGKILL)
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(10))
        while kill(orphan, 0) == 0 {
            try #require(clock.now < deadline, "a zombie is left")
            _ = try service.circuit("stray")
        }
    }
}

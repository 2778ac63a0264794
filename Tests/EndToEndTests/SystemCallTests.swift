import CLinux
import Drills
import HTTPWire
import ServiceDriving
import Testing
import UV

/// What is counted is the same on every machine and in every build, unlike seconds.
@Suite("The price of a task that runs a program", .serialized)
struct SystemCallTests {
    /// Without those whose number hangs on how long things take: waiting, waking, signals.
    private static let calls =
        "epoll_ctl,write,close,ioctl,pipe2,fcntl,wait4,newfstatat,faccessat2,pidfd_open,kill,prlimit64,"
        + "clone3,mmap,munmap,openat"
    private static let tasks = 20
    /// Of the loop for one task that comes on a connection of its own, is run, and whose end is answered.
    private static let limit = 56

    @Test(
        "is a number of system calls of the loop that does not grow",
        .enabled(if: DurabilityDrill.obstacle() == nil, "strace cannot trace here"))
    func systemCalls() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/trace"
        let service = try RunningService(
            "[bots.quick]\ncommand = [\"/bin/true\"]\nstdin = \"none\"\n", in: folder,
            under: ["strace", "-f", "-b", "execve", "-e", "trace=read,\(Self.calls)", "-o", file])
        _ = try service.task("quick", "warm")
        _ = try service.exchange(.get, "/from")
        for _ in 0..<Self.tasks {
            #expect(try service.task("quick", "x").text("status") == "succeeded")
        }
        _ = try service.exchange(.get, "/to")
        service.signal(SIGTERM)
        #expect(service.waitForExit() == .exited(0))
        let lines = try folder.text(of: "trace").split(separator: "\n").map(String.init)
        let loop = try #require(lines.first?.split(separator: " ").first)
        let from = try #require(lines.firstIndex { $0.contains("\"GET /from") })
        let to = try #require(lines.firstIndex { $0.contains("\"GET /to") })
        let counted = lines[from..<to].filter { line in
            line.hasPrefix("\(loop) ") && !line.contains(" read(") && !line.contains("resumed>")
        }
        let perTask = counted.count / Self.tasks
        #expect((20...Self.limit).contains(perTask), "\(perTask) system calls of the loop for a task")
    }
}

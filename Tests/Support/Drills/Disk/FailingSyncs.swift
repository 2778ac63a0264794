import CLinux
import ServiceDriving
import UV

/// Makes every sync of a running service fail with EIO, by strace, for the life of this object.
final class FailingSyncs {
    private let tracer: ChildProcess
    private let loop: Loop
    private let end = End()

    private final class End {
        var hasCome = false
    }

    init(of service: RunningService) throws {
        loop = service.loop
        let pid = service.pid
        tracer = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: [
                    "strace", "-f", "-b", "execve", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
                    "inject=fdatasync,fsync:error=EIO", "-p", "\(pid)",
                ],
                environment: ["PATH=/usr/local/bin:/usr/bin:/bin"])
        ) { [end, loop] _ in
            end.hasCome = true
            loop.stop()
        }
        for stream in [tracer.standardOutput, tracer.standardError] { stream.startReading() }
        // It works from when every thread has its tracer.
        let untraced = "TracerPid:[[:space:]]*0$"
        try service.wait(for: "strace to take hold") {
            try Run.toEnd(["sh", "-c", "grep -q '\(untraced)' /proc/\(pid)/task/*/status"]).code == 1
        }
    }

    deinit {
        if !end.hasCome { tracer.signalGroup(SIGINT) }
        while !end.hasCome { loop.run() }
        tracer.close()
    }
}

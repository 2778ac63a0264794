import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Tasks
import UV

/// Traces the service's system calls under load and reads in them that no acceptance left before it was on
/// disk.
package enum DurabilityDrill {
    package struct Report {
        package var trace = DurabilityTrace()
        /// Answers that the clients got.
        package var accepted = 0
        /// The same trace with one 202 put before the end of its sync: a check that can fail finds it.
        package var doctored = DurabilityTrace()

        package var isClean: Bool {
            trace.violations.isEmpty && trace.answers == accepted && !doctored.violations.isEmpty
        }

        package var table: [String] {
            drillTable([
                ("202s received", accepted), ("202s in the trace", trace.answers),
                ("syncs of the write-ahead log", trace.syncs),
                ("202s before their sync (must be 0)", trace.violations.count),
                ("found in a doctored trace (must be 1)", doctored.violations.count),
            ]) + trace.violations
        }
    }

    /// Why the drill cannot be done here; nil when it can.
    package static func obstacle() -> String? {
        do {
            let trial = try Run.toEnd(["strace", "-f", "-b", "execve", "-o", "/dev/null", "true"])
            return trial.code == 0 ? nil : "strace cannot trace here: \(trial.errors)"
        } catch {
            return "strace is not installed (apt-get install strace): \(error)"
        }
    }

    package static func run(requests: Int, clients: Int) throws -> Report {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/trace"
        let bot = "[bots.quick]\ncommand = [\"true\"]\nqueue_limit = \(requests + 1)\n"
        let service = try RunningService(bot, in: folder, under: strace(into: file))
        var report = Report()
        report.accepted = try load(service, requests: requests, clients: clients)
        service.signal(SIGTERM)
        guard service.waitForExit() == .exited(0) else { throw DrivingFault("the service did not stop well") }
        let lines = try FileLines.read(file)
        report.trace = DurabilityTrace(lines)
        report.doctored = DurabilityTrace(doctor(lines, report.trace))
        return report
    }

    /// Bots are let go when they become another program. The strings are long enough for a page and for many
    /// answers in one write.
    private static func strace(into file: String) -> [String] {
        let calls = "fdatasync,fsync,pwrite64,pwritev,write,writev,sendto,sendmsg,sendmmsg"
        return [
            "strace", "-f", "-b", "execve", "-x", "-yy", "-s", "65536", "-e", "trace=\(calls)", "-o", file,
        ]
    }

    private static func load(_ service: RunningService, requests: Int, clients: Int) throws -> Int {
        var (sent, ended, accepted) = (0, 0, 0)
        var failure: (any Error)?
        func sendNext() {
            guard sent < requests else { return }
            sent += 1
            service.send(.post, "/api/bot/quick/task", "{\"command\":\"\(sent)\"}") { result in
                ended += 1
                switch result {
                case .success(let answer): if answer.status == 202 { accepted += 1 }
                case .failure(let error): failure = error
                }
                sendNext()
            }
        }
        for _ in 0..<clients { sendNext() }
        while ended < requests, failure == nil, service.exit == nil { service.loop.run() }
        if let failure { throw failure }
        return accepted
    }

    /// Puts one 202 before the end of the sync that it waited for.
    private static func doctor(_ lines: [[UInt8]], _ trace: DurabilityTrace) -> [[UInt8]] {
        guard let places = trace.places.values.max(by: { $0.answer < $1.answer }) else { return lines }
        var doctored = lines
        doctored.insert(doctored.remove(at: places.answer), at: places.sync)
        return doctored
    }
}

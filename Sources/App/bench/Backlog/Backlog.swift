import CLinux
import Drills
import Tasks
import UV

/// A service with many waiting tasks. Its one bot is `sleep` with the command as its argument: the first task
/// sleeps for long and holds the only slot; the others are 200 zeros, which is no time at all.
struct Backlog {
    let workplace: Workplace
    let clients: Int

    /// Sizes in MB (1,000,000 bytes).
    struct Filled {
        let service: Service
        let idle: Double
        let full: Double
        let perSecond: Double
        /// Processor time of the service for a task that is dispatched and ends.
        let microseconds: Double
    }

    /// In seconds since the program was started, and MB.
    struct Restart {
        let ready: Double
        /// Of these, the processor's time; others on the machine hardly change it.
        let processor: Double
        let dispatched: Double
        let memory: Double
    }

    /// Fills a service, lets its slot go, and measures while the first of those that wait run.
    func dispatch(_ dispatched: Int, of tasks: Int, name: String) throws(BenchFault) -> Filled {
        let service = try Service.start(
            in: workplace, name: name, with: Self.configuration("\"sleep\", \"{command}\""))
        do throws(BenchFault) {
            let load = try Load(clients, to: service.address, on: workplace.loop)
            defer { load.close() }
            _ = try load.run(.get("/api/bot/Q/circuit-status"), requests: 2000)
            pause()
            let idle = try Self.residentMegabytes(service.pid)
            let blocker = try Self.task(in: try load.ask(Self.submission("3600")))
            let perSecond = try fill(load, tasks)
            pause()
            let full = try Self.residentMegabytes(service.pid)
            let spent = try measure(load, releasing: blocker, dispatched, of: tasks, service)
            return Filled(
                service: service, idle: idle, full: full, perSecond: perSecond, microseconds: spent)
        } catch {
            service.stop()
            throw error
        }
    }

    /// Lets the service of this name, which was never started, find tasks that ended.
    func giveHistory(of tasks: Int, name: String) throws(BenchFault) {
        guard let bot = BotID("Q") else { preconditionFailure("Q is no bot") }
        do {
            try LongHistory.write(tasks, of: bot, in: "\(workplace.directory)/\(name)")
        } catch {
            throw BenchFault("no history could be written: \(error)")
        }
    }

    /// Kills the service with what still waits, and starts it again with a bot that leaves a mark: the time
    /// until there is one.
    func restart(_ service: Service, name: String) throws(BenchFault) -> Restart {
        service.program.child.signalGroup(SIGKILL)
        workplace.loop.turn(atMost: .seconds(20)) { service.program.status != nil }
        service.stop()
        let mark = "\(workplace.directory)/dispatched"
        let start = monotonicNanoseconds()
        let service = try Service.start(
            in: workplace, name: name, with: Self.configuration("\"touch\", \"\(mark)\""))
        defer { service.stop() }
        let ready = monotonicNanoseconds() - start
        let spent = try ProcessorTime(ofProcess: service.pid)
        while !Files.exists(mark) {
            guard monotonicNanoseconds() - start < 120_000_000_000 else {
                throw BenchFault("nothing was dispatched within 120 s of the start")
            }
            workplace.loop.turn(atMost: .milliseconds(1)) { false }
        }
        let dispatched = monotonicNanoseconds() - start
        return Restart(
            ready: Double(ready) / 1e9, processor: spent.total / 1e9, dispatched: Double(dispatched) / 1e9,
            memory: try Self.residentMegabytes(service.pid))
    }

    private static func configuration(_ command: String) -> String {
        """
        queue_limit = 100000000
        retention = { tasks = 100000000 }
        [bots.Q]
        command = [\(command)]
        stdin = "none"
        queue_limit = 10000000
        kill_grace = "100ms"

        """
    }

    private static func submission(_ command: String) -> Load.Question {
        .post("/api/bot/Q/task", "{\"command\":\"\(command)\"}", status: 202)
    }

    private func fill(_ load: Load, _ tasks: Int) throws(BenchFault) -> Double {
        let question = Self.submission(String(repeating: "0", count: 200))
        var (sent, nanoseconds) = (0, UInt64(0))
        while sent < tasks {
            let result = try load.run(question, requests: min(100_000, tasks - sent))
            sent += result.requests
            nanoseconds += result.nanoseconds
        }
        return Double(sent) * 1e9 / Double(nanoseconds)
    }

    /// - Parameter blocker: the task that holds the slot.
    private func measure(
        _ load: Load, releasing blocker: String, _ dispatched: Int, of tasks: Int, _ service: Service
    ) throws(BenchFault) -> Double {
        let before = try ProcessorTime(ofProcess: service.pid)
        _ = try load.ask(.post("/api/task/\(blocker)/cancel", "", status: 202))
        var left = tasks
        // Whoever asks costs the service time: seldom.
        while left > tasks - dispatched {
            workplace.loop.turn(atMost: .milliseconds(100)) { false }
            left = try Self.queued(in: try load.ask(.get("/api/bot/Q/status")))
        }
        let after = try ProcessorTime(ofProcess: service.pid)
        return after.total(since: before) / Double(tasks - left) / 1000
    }

    /// Until what the last answers leave behind is done.
    private func pause() { workplace.loop.turn(atMost: .milliseconds(500)) { false } }
}

// MARK: - Reading

extension Backlog {
    private static func task(in answer: [UInt8]) throws(BenchFault) -> String {
        try value("\"task_id\":\"", in: answer) { $0 != "\"" }
    }

    private static func queued(in answer: [UInt8]) throws(BenchFault) -> Int {
        let digits = try value("\"queued\":", in: answer) { $0.isNumber }
        guard let count = Int(digits) else { throw BenchFault("“\(digits)” is no number of tasks") }
        return count
    }

    private static func value(
        _ name: String, in answer: [UInt8], while belongs: (Character) -> Bool
    ) throws(BenchFault) -> String {
        guard let start = answer.firstRange(of: Array(name.utf8))?.upperBound else {
            throw BenchFault("no \(name) in: \(String(decoding: answer, as: UTF8.self))")
        }
        return String(String(decoding: answer[start...], as: UTF8.self).prefix(while: belongs))
    }

    private static func residentMegabytes(_ pid: Int32) throws(BenchFault) -> Double {
        let lines = Files.read("/proc/\(pid)/status")?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("VmRSS:") }
        let words = line?.split { $0 == " " || $0 == "\t" } ?? []
        guard words.count > 1, let kilobytes = Double(words[1]) else {
            throw BenchFault("/proc/\(pid)/status has no VmRSS")
        }
        return kilobytes * 1024 / 1e6
    }
}

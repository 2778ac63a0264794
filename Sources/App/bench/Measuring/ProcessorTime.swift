import UV

/// What a process has spent on processors, by the scheduler's own accounting, in nanoseconds.
struct ProcessorTime {
    /// The number of the main thread is that of its process.
    private let process: String
    private var threads: [String: UInt64] = [:]

    /// Reads it for a process that is waiting: the account of a thread that runs lags by up to a tick.
    init(ofProcess pid: Int32) throws(BenchFault) {
        process = "\(pid)"
        for thread in (try? namesInDirectory("/proc/\(pid)/task")) ?? [] {
            let path = "/proc/\(pid)/task/\(thread)/schedstat"
            guard let account = Files.read(path)?.split(separator: " ").first,
                let spent = UInt64(account)
            else { throw BenchFault("\(path) cannot be read; the kernel needs CONFIG_SCHED_INFO") }
            threads[thread] = spent
        }
        guard !threads.isEmpty else { throw BenchFault("process \(pid) has ended") }
    }

    /// Nanoseconds of all threads that live, since their start.
    var total: Double { threads.values.reduce(0) { $0 + Double($1) } }

    /// Nanoseconds of all threads since an earlier reading.
    func total(since earlier: ProcessorTime) -> Double {
        threads.keys.reduce(0) { $0 + spent(by: $1, since: earlier) }
    }

    /// Nanoseconds of the main thread alone.
    func main(since earlier: ProcessorTime) -> Double {
        spent(by: process, since: earlier)
    }

    private func spent(by thread: String, since earlier: ProcessorTime) -> Double {
        Double(threads[thread] ?? 0) - Double(earlier.threads[thread] ?? 0)
    }
}

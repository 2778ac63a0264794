import CLinux
import Glibc

/// What the figures of a run hang on. It is printed with every run, because a storage figure without this
/// machine's own rate of syncs says nothing.
struct Machine {
    let directory: String
    let syncsPerSecond: Double
    /// The processes that wanted to run in the minute before.
    let load: String

    /// Writes and syncs for about a second in the directory that the data will be in.
    static func measure(in directory: String) throws(BenchFault) -> Machine {
        let rate = try Files.syncsPerSecond(in: directory, forNanoseconds: 1_000_000_000)
        return Machine(directory: directory, syncsPerSecond: rate, load: presentLoad)
    }

    var line: String {
        "machine: \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, \(Self.processorName), "
            + "load \(load), fdatasync of 4 KiB \(syncsPerSecond.text())/s in \(directory)"
    }

    private static var processorName: String {
        let lines = Files.read("/proc/cpuinfo")?.split(separator: "\n") ?? []
        let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return name.map { $0.drop { $0 == " " } }.map(String.init) ?? "unknown processor"
    }

    private static var presentLoad: String {
        Files.read("/proc/loadavg")?.split(separator: " ").first.map(String.init) ?? "unknown"
    }
}

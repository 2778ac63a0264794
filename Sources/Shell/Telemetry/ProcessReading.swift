import CLinux
import Glibc

/// What the process uses, read from /proc when asked. The kernel makes these files in memory: reading them
/// waits for no disk. What it does not tell is nil.
package struct ProcessReading: Equatable, Sendable {
    package var residentBytes: UInt64?
    package var virtualBytes: UInt64?
    package var openDescriptors: UInt64?
    /// The soft limit.
    package var maximumDescriptors: UInt64?
    /// User and system time of all threads; that of children is not in it.
    package var cpuSeconds: Double?

    package static func now() -> ProcessReading {
        var reading = ProcessReading()
        // Pages: all, resident, …
        let pages = (readProc("/proc/self/statm") ?? "").split(separator: " ").prefix(2).map { UInt64($0) }
        let pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))
        if pages.count == 2 {
            reading.virtualBytes = pages[0].map { $0 * pageSize }
            reading.residentBytes = pages[1].map { $0 * pageSize }
        }
        reading.openDescriptors = descriptorCount()
        var limit = rlimit()
        // Safe: both calls fill in a variable that lives through them.
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            reading.maximumDescriptors = UInt64(limit.rlim_cur)
        }
        var used = timespec()
        if unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 { reading.cpuSeconds = seconds(used) }
        return reading
    }

    /// When the process started, in Unix seconds, to a hundredth. It is reckoned back from now, so it is to
    /// be asked once: a wall clock that is set would seem to move it.
    package static func startTime() -> Double? {
        // The second field is the program's name in brackets, which may hold anything: fields are counted
        // from behind it. The start is the 22nd, in ticks since the machine started.
        guard let fields = readProc("/proc/self/stat")?.split(separator: ")").last?.split(separator: " "),
            fields.count > 19, let ticks = Double(fields[19])
        else { return nil }
        var (wall, sinceBoot) = (timespec(), timespec())
        // Safe: both calls fill in a variable that lives through them.
        guard unsafe clock_gettime(CLOCK_REALTIME, &wall) == 0,
            unsafe clock_gettime(CLOCK_BOOTTIME, &sinceBoot) == 0
        else { return nil }
        let start = seconds(wall) - seconds(sinceBoot) + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return (start * 100).rounded() / 100
    }

    private static func seconds(_ time: timespec) -> Double {
        Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// How many descriptors are open. Linux 6.2 and newer say it as the size of the folder; before, its entries
/// are counted, which costs a microsecond for each three.
private func descriptorCount() -> UInt64? {
    var status = stat()
    // Safe: the call fills in a variable that lives through it.
    if unsafe stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return UInt64(status.st_size) }
    return countedDescriptors()
}

/// The same by counting the entries.
func countedDescriptors() -> UInt64? {
    // Safe: the folder is open from here to `closedir`, and no entry is used after the next is asked for.
    guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
    defer { unsafe closedir(folder) }
    var entries = 0
    while unsafe readdir(folder) != nil { entries += 1 }
    // Neither ".", nor "..", nor the folder's own descriptor counts.
    return UInt64(max(0, entries - 3))
}

/// The start of a file of /proc, as far as a line of numbers goes; nil when it cannot be read.
private func readProc(_ path: String) -> String? {
    // Safe: the path is a NUL-ended text for the time of the call.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    // Safe: the kernel writes at most as many bytes as the array has.
    let count = unsafe read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count], as: UTF8.self)
}

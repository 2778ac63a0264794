import CLinux
import Glibc

/// The table of all processes, as /proc shows it.
package enum ProcessTable {
    /// The numbers of all processes that can be seen.
    package static func numbers() throws(UVFault) -> [Int32] {
        try namesInDirectory("/proc").compactMap { Int32($0) }
    }

    /// What the kernel says of a process under a name such as `stat`; nil when it is gone, or not for us to
    /// see.
    package static func text(_ name: String, of pid: Int32, atMost limit: Int) -> [UInt8]? {
        do throws(UVFault) {
            return try SystemFile("/proc/\(pid)/\(name)", for: .read).contents(atMost: limit)
        } catch {
            return nil
        }
    }

    /// The time since the machine was started, in the ticks in which /proc gives the start of a process.
    package static func ticksNow() -> UInt64 {
        var time = timespec()
        // Safe: the call fills in the variable.
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        let perSecond = UInt64(sysconf(Int32(_SC_CLK_TCK)))
        return UInt64(time.tv_sec) * perSecond + UInt64(time.tv_nsec) / (1_000_000_000 / perSecond)
    }

    /// The kernel's name for the time since the machine was started.
    package static func bootName() throws(UVFault) -> String {
        let text = try SystemFile("/proc/sys/kernel/random/boot_id", for: .read).contents(atMost: 64)
        return String(decoding: text.prefix { $0 != 10 }, as: UTF8.self)
    }

    package static var own: Int32 { getpid() }
}

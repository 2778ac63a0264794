package import MonotonicTime
package import Supervision
package import UV

/// Kills what a service of the same data directory that is dead has left running. Only the owner of the
/// directory may do it, before it starts anything itself.
package struct LeftoverSweep {
    /// How many processes were ended.
    package private(set) var killed = 0
    /// Those that would not end in time: the kernel holds them, in a call to a disk or a device, and ends
    /// them when that returns.
    package private(set) var stuck: [Int32] = []
    /// Those that belong to somebody whose processes we may not end.
    package private(set) var refused: [Int32] = []
    /// More were started all the time than could be ended.
    package private(set) var gaveUp = false

    /// What begins while the others are ended is found by looking again, but not for ever.
    private static let rounds = 100
    /// Linux takes at most 6 MiB of arguments and environment together.
    private static let longestEnvironment = 6 << 20
    private static let longestStat = 4096

    private let search: LeftoverSearch
    private let mark: ServiceMark
    private var left: Set<Int32> = []

    /// - Parameters:
    ///   - noted: what the dead service had noted of its attempts since the machine was started.
    ///   - deadline: until when to wait for the ends.
    /// - Throws: when there is no /proc to look at.
    package init(
        mark: ServiceMark, noted: [NotedProcess], until deadline: Instant
    ) throws(UVFault) {
        search = LeftoverSearch(own: ProcessTable.own, noted: noted)
        self.mark = mark
        for round in 1...Self.rounds {
            let found = search.leftovers(among: try look()).filter { !left.contains($0.pid) }
            if found.isEmpty { return }
            gaveUp = round == Self.rounds || monotonicNow() >= deadline
            if gaveUp { return }
            end(found, until: deadline)
        }
    }

    private func look() throws(UVFault) -> [ProcessSight] {
        try ProcessTable.numbers().compactMap { Self.sight(of: $0, mark) }
    }

    /// First whose number it is, then what it carries: see `end`.
    private static func sight(of pid: Int32, _ mark: ServiceMark) -> ProcessSight? {
        guard let stat = ProcessTable.text("stat", of: pid, atMost: longestStat),
            var sight = ProcessSight(stat: stat)
        else { return nil }
        if let environment = ProcessTable.text("environ", of: pid, atMost: longestEnvironment) {
            sight.carriesMark = mark.isCarried(by: environment)
        }
        return sight
    }

    private mutating func end(_ found: [ProcessSight], until deadline: Instant) {
        // A parent that is ended first starts nothing new; all are ended before any is waited for.
        for sight in found { kill(sight) }
        for sight in found where !left.contains(sight.pid) {
            if waitForEnd(of: sight, until: deadline) {
                killed += 1
            } else {
                stuck.append(sight.pid)
                left.insert(sight.pid)
            }
        }
    }

    /// The process is held before its start is compared once more: then the one that is ended is the one that
    /// was looked at, all the time from its first `stat` on, even if the number was given anew in between.
    private mutating func kill(_ sight: ProcessSight) {
        do throws(UVFault) {
            let handle = try ProcessHandle(sight.pid)
            guard Self.isThere(sight) else { return }
            try handle.kill()
        } catch {
            guard Self.isThere(sight) else { return }
            refused.append(sight.pid)
            left.insert(sight.pid)
        }
    }

    private func waitForEnd(of sight: ProcessSight, until deadline: Instant) -> Bool {
        do throws(UVFault) {
            let handle = try ProcessHandle(sight.pid)
            return !Self.isThere(sight) || handle.waitForEnd(until: deadline)
        } catch {
            return true
        }
    }

    /// It has not ended, and its number is still its own.
    private static func isThere(_ sight: ProcessSight) -> Bool {
        let now = ProcessTable.text("stat", of: sight.pid, atMost: longestStat)
            .flatMap { ProcessSight(stat: $0) }
        return now.map { $0.start == sight.start && !$0.hasEnded } ?? false
    }
}

extension LeftoverSweep {
    /// What is to be said of it, in a line; nil when nothing was left behind.
    package var sentence: String? {
        var parts: [String] = []
        if killed > 0 { parts.append("\(Self.count(killed)) that an earlier run left behind ended") }
        if !stuck.isEmpty { parts.append("\(Self.names(stuck)) killed, but not ended yet") }
        if !refused.isEmpty { parts.append("\(Self.names(refused)) of an earlier run cannot be ended") }
        if gaveUp { parts.append("an earlier run's processes start others faster than they can be ended") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private static func count(_ count: Int) -> String { count == 1 ? "1 process" : "\(count) processes" }

    private static func names(_ pids: [Int32]) -> String {
        let shown = pids.prefix(10).map { "\($0)" }.joined(separator: ", ")
        return (pids.count == 1 ? "process " : "processes ") + shown + (pids.count > 10 ? ", …" : "")
    }
}

/// Decides which processes a service that is dead has left behind.
package struct LeftoverSearch: Sendable {
    /// The service that looks.
    private let own: Int32
    private let noted: [Int32: ClosedRange<UInt64>]

    /// - Parameter noted: what the dead service noted of its attempts; empty when the machine has been
    ///   started anew since.
    package init(own: Int32, noted: [NotedProcess] = []) {
        self.own = own
        self.noted = Dictionary(noted.map { ($0.pid, $0.began) }, uniquingKeysWith: { $1 })
    }

    /// The leftovers among all processes, by number. They are
    ///
    /// - those that carry the mark,
    /// - those that were noted and are still the same, however they changed their environment,
    /// - those whose parent, or the leader of whose group or session, is one of these. A number stays taken
    ///   as long as a group or session has it, so that leader is the one that they had.
    ///
    /// Never the service that looks, nor whom it descends from: a bot may have started it.
    package func leftovers(among sights: [ProcessSight]) -> [ProcessSight] {
        let spared = spared(among: sights)
        var found: Set<Int32> = []
        for sight in sights where sight.carriesMark || noted[sight.pid]?.contains(sight.start) == true {
            found.insert(sight.pid)
        }
        found.subtract(spared)
        if found.isEmpty { return [] }
        var rest = sights.filter { !found.contains($0.pid) && !spared.contains($0.pid) }
        while true {
            let related = rest.filter { sight in
                found.contains(sight.parent) || found.contains(sight.group) || found.contains(sight.session)
            }
            if related.isEmpty { break }
            for sight in related { found.insert(sight.pid) }
            rest.removeAll { found.contains($0.pid) }
        }
        return sights.filter { found.contains($0.pid) && !$0.hasEnded }.sorted { $0.pid < $1.pid }
    }

    private func spared(among sights: [ProcessSight]) -> Set<Int32> {
        let parents = Dictionary(sights.map { ($0.pid, $0.parent) }, uniquingKeysWith: { $1 })
        var spared: Set<Int32> = [own]
        var next = parents[own]
        // The table was not read in one instant, so what looks like a circle is possible.
        while let process = next, spared.insert(process).inserted { next = parents[process] }
        return spared
    }
}

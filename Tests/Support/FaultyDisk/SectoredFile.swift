/// One file on a disk that remembers: what the kernel would read, what is on disk for certain, and what may
/// or may not be.
///
/// The unit is the sector of 512 bytes: each is on disk either as it was at the last sync or as any write
/// since then left it, whatever the order of the writes. A failed sync takes the certainty from all that it
/// was to put on disk: a later sync that goes well is about what was written after it.
package struct SectoredFile {
    private static let sectorBytes = 512

    /// What whoever reads the file gets.
    package private(set) var cache: [UInt8]
    private var synced: [UInt8]
    private var versions: [Int: [Version]] = [:]
    private var sizes: [SizeVersion] = []

    private struct Version {
        let order: Int
        let bytes: [UInt8]
        var isDoubtful = false
    }

    private struct SizeVersion {
        let order: Int
        let size: Int
    }

    package init(onDisk bytes: [UInt8] = []) {
        (cache, synced) = (bytes, bytes)
    }

    package mutating func write(_ bytes: [UInt8], at offset: Int, order: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if end > cache.count {
            cache += [UInt8](repeating: 0, count: end - cache.count)
            sizes.append(SizeVersion(order: order, size: end))
        }
        cache.replaceSubrange(offset..<end, with: bytes)
        keep(from: offset, to: end, order: order)
    }

    package mutating func truncate(to size: Int, order: Int) {
        guard size != cache.count else { return }
        sizes.append(SizeVersion(order: order, size: size))
        let end = max(size, cache.count, synced.count)
        Self.set(size: size, of: &cache)
        keep(from: size, to: end, order: order)
    }

    private mutating func keep(from start: Int, to end: Int, order: Int) {
        guard start < end else { return }
        for sector in start / Self.sectorBytes...(end - 1) / Self.sectorBytes {
            versions[sector, default: []].append(Version(order: order, bytes: bytes(ofCached: sector)))
        }
    }

    package mutating func sync(succeeded: Bool) {
        guard succeeded else {
            for sector in versions.keys {
                for index in versions[sector, default: []].indices {
                    versions[sector]?[index].isDoubtful = true
                }
            }
            return
        }
        sizes = []
        Self.set(size: cache.count, of: &synced)
        for (sector, list) in versions where list.contains(where: { !$0.isDoubtful }) {
            put(bytes(ofCached: sector), at: sector, into: &synced)
            versions[sector] = nil
        }
    }

    private func bytes(ofCached sector: Int) -> [UInt8] {
        let start = sector * Self.sectorBytes
        guard start < cache.count else { return [] }
        return Array(cache[start..<min(cache.count, start + Self.sectorBytes)])
    }

    /// What is on disk when of all uncertain writes those happened that `choose` says.
    ///
    /// - Parameter choose: gets the orders of the writes that changed a sector, or the size, since it was
    ///   certain; its result is how many of them, from the first on, happened.
    package func onDisk(_ choose: ([Int]) -> Int) -> [UInt8] {
        var bytes = synced
        let count = choose(sizes.map(\.order))
        let size = count == 0 ? synced.count : sizes[count - 1].size
        Self.set(size: max(size, synced.count), of: &bytes)
        for sector in versions.keys.sorted() {
            let list = versions[sector, default: []]
            let count = choose(list.map(\.order))
            if count > 0 { put(list[count - 1].bytes, at: sector, into: &bytes) }
        }
        Self.set(size: size, of: &bytes)
        return bytes
    }

    /// What does not fit into the size is not on disk.
    private func put(_ sector: [UInt8], at index: Int, into bytes: inout [UInt8]) {
        let start = index * Self.sectorBytes
        let count = min(sector.count, bytes.count - start)
        if count > 0 { bytes.replaceSubrange(start..<start + count, with: sector.prefix(count)) }
    }

    private static func set(size: Int, of bytes: inout [UInt8]) {
        if size < bytes.count {
            bytes.removeSubrange(size...)
        } else {
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
    }
}

package import SeededRandom

/// Walks through what a disk wrote down, and says at any place what a power cut there would leave.
package struct PowerCut {
    /// What becomes of that which was not synced.
    package enum Loss: CaseIterable, Sendable {
        /// Nothing is lost: a kill -9, after which the kernel goes on.
        case nothing
        /// Everything after the last sync is.
        case everything
        /// The writes happened in their order up to one of them, and that one is torn.
        case tail
        /// Each sector of each file is as any of the writes left it.
        case anything
    }

    private let disk: FaultyDisk
    /// The number of calls that were made before the power went.
    package private(set) var position = 0
    private var files: [SectoredFile] = []
    /// The files by name, as everybody sees them and as they are on disk, and what is between the two.
    private var names: [String: Int] = [:]
    private var namesOnDisk: [String: Int] = [:]
    private var changes: [NameChange] = []
    /// The names that directories were given. One that is lost takes all along that is in it.
    private var directories: Set<String> = []
    private var lastSync = 0

    private enum NameChange {
        case add(String, Int)
        case remove(String)
        case rename(String, String)

        /// The directory in which it takes place.
        var directory: String {
            switch self {
            case .add(let name, _), .remove(let name), .rename(_, let name): name.directory
            }
        }
    }

    package init(of disk: FaultyDisk) {
        self.disk = disk
    }

    /// The positions right after each sync that went well.
    package static func boundaries(of disk: FaultyDisk) -> [Int] {
        (0..<disk.position).filter { disk.call($0).isBoundary }.map { $0 + 1 }
    }

    package mutating func advance(to position: Int) {
        while self.position < position {
            take(disk.call(self.position))
            self.position += 1
        }
    }

    private mutating func take(_ call: RecordedCall) {
        switch call {
        case .write(let name, let offset, let bytes):
            files[index(of: name)].write(bytes, at: offset, order: position)
        case .truncate(let name, let size): files[index(of: name)].truncate(to: size, order: position)
        case .sync(let name, let succeeded):
            files[index(of: name)].sync(succeeded: succeeded)
            lastSync = position
        case .create(let name, let bytes, let wasThere):
            files.append(SectoredFile(onDisk: bytes))
            change(.add(name, files.count - 1))
            if wasThere { Self.apply(.add(name, files.count - 1), to: &namesOnDisk) }
        case .remove(let name): change(.remove(name))
        case .rename(let old, let new): change(.rename(old, new))
        case .makeDirectory(let name):
            files.append(SectoredFile())
            directories.insert(name)
            change(.add(name, files.count - 1))
        case .syncDirectory(let name):
            let directory = name.hasSuffix("/..") ? String(name.dropLast(3)).directory : name
            for change in changes where change.directory == directory {
                Self.apply(change, to: &namesOnDisk)
            }
            changes.removeAll { $0.directory == directory }
        }
    }

    private func index(of name: String) -> Int {
        guard let index = names[name] else { preconditionFailure("\(name) was written but never made") }
        return index
    }

    private mutating func change(_ change: NameChange) {
        changes.append(change)
        Self.apply(change, to: &names)
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .add(let name, let file): names[name] = file
        case .remove(let name): names[name] = nil
        case .rename(let old, let new):
            names[new] = names[old] ?? names[new]
            names[old] = nil
        }
    }

    /// The files that are there afterwards, by name.
    package func survivors(_ loss: Loss, _ dice: inout SplitMix64) -> [String: [UInt8]] {
        var names = namesOnDisk
        let kept: Int =
            switch loss {
            case .nothing: changes.count
            case .everything: 0
            case .tail, .anything: Int.random(in: 0...changes.count, using: &dice)
            }
        for change in changes.prefix(kept) { Self.apply(change, to: &names) }
        let torn = Int.random(in: lastSync...max(lastSync, position - 1), using: &dice)
        var survivors: [String: [UInt8]] = [:]
        for (name, index) in names.sorted(by: { $0.key < $1.key }) {
            let isLost = directories.contains(name.directory) && names[name.directory] == nil
            guard !isLost, !directories.contains(name) else { continue }
            survivors[name] = files[index].onDisk { orders in
                switch loss {
                case .nothing: return orders.count
                case .everything: return 0
                case .tail:
                    let whole = orders.count { $0 < torn }
                    return orders.contains(torn) ? whole + Int.random(in: 0...1, using: &dice) : whole
                case .anything: return Int.random(in: 0...orders.count, using: &dice)
                }
            }
        }
        return survivors
    }
}

extension String {
    /// Of a path, all before the last slash.
    fileprivate var directory: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "." }
}

import CFaultyDisk
import Synchronization
package import TaskStores

/// A disk under SQLite that fails, tears, delays, and can be asked what a power cut would have left.
///
/// Its calls (everything that changes the disk, and every sync) have numbers, in one order for all
/// connections: see `faulty_disk.h`. A store has one thread that writes, so the n-th call is the same one in
/// every run as long as each commit is waited for before the next is handed over. Each disk breaks by itself,
/// so tests that use it run beside each other.
package final class FaultyDisk: Sendable {
    /// The name under which SQLite finds it.
    package let name: String
    /// The C disk's address. It lives as long as the process, and locks itself.
    private let address: UInt

    package init() {
        name = "faulty-disk-\(Self.count.add(1, ordering: .relaxed).newValue)"
        address = UInt(bitPattern: unsafe faulty_disk_make(name))
    }

    private static let count = Atomic<Int>(0)

    var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    /// Settings that put a store on this disk.
    package var settings: SQLiteSettings {
        var settings = SQLiteSettings()
        settings.fileSystem = name
        // Safe: the names live during the calls.
        settings.names.rename = { unsafe faulty_disk_rename(self.pointer, $0, $1) }
        settings.names.remove = { unsafe faulty_disk_remove(self.pointer, $0) }
        settings.names.syncDirectory = { unsafe faulty_disk_sync_directory(self.pointer, $0) }
        settings.names.makeDirectory = { unsafe faulty_disk_make_directory(self.pointer, $0) }
        settings.names.writeFile = { self.writeFile($0, $1) }
        return settings
    }

    /// As the system's own: made, written part by part, synced.
    private func writeFile(_ path: String, _ parts: [[UInt8]]) -> Int32 {
        // Safe: the path and the bytes live during the calls.
        var code = unsafe faulty_disk_create(pointer, path)
        for part in parts where code == 0 {
            code = unsafe faulty_disk_append(pointer, path, part, Int64(part.count))
        }
        return code == 0 ? unsafe faulty_disk_sync(pointer, path) : code
    }
}

// MARK: - Breaking it

extension FaultyDisk {
    /// A kind of call, by its number in C.
    package enum Call: UInt32, CaseIterable, Sendable {
        case write, truncate, sync, create, remove, rename, syncDirectory, makeDirectory
    }

    /// What is to go wrong with some calls.
    package struct Flaw: Sendable {
        package var calls: [Call] = Call.allCases
        /// So many go well before, and so many do not.
        package var good = 0
        package var broken = Int.max
        /// EIO or ENOSPC; nil when the calls go well, only late.
        package var error: Int32?
        /// Bytes of a failing write that reach the disk.
        package var tornBytes = 0
        package var delay = Duration.zero
        /// Whether the flaw before this one in the list has to show first.
        package var followsTheOneBefore = false

        package init() {}
    }

    package func breakDown(_ flaws: [Flaw]) {
        let rules = flaws.map { flaw in
            faulty_rule(
                kinds: flaw.calls.reduce(0) { $0 | 1 << $1.rawValue }, good: Int64(flaw.good),
                broken: Int64(flaw.broken), error: flaw.error ?? 0, torn_bytes: Int64(flaw.tornBytes),
                delay: flaw.delay.components.seconds * 1_000_000
                    + flaw.delay.components.attoseconds / 1_000_000_000_000,
                follows: flaw.followsTheOneBefore ? 1 : 0)
        }
        // Safe: the rules are copied during the call.
        unsafe faulty_disk_break(pointer, rules, Int32(rules.count))
    }

    package func heal() { breakDown([]) }

    package func failSyncs(_ count: Int = .max, after good: Int = 0) {
        var flaw = Flaw()
        (flaw.calls, flaw.good, flaw.broken, flaw.error) = ([.sync], good, count, errorOfDevice)
        breakDown([flaw])
    }

    /// No write succeeds: there is no space left.
    package func fill() {
        var flaw = Flaw()
        (flaw.calls, flaw.error) = ([.write], errorOfFullDisk)
        breakDown([flaw])
    }

    /// The next sync fails, and after it no write succeeds.
    package func dieOfNextSync() {
        var (sync, write) = (Flaw(), Flaw())
        (sync.calls, sync.error) = ([.sync], errorOfDevice)
        (write.calls, write.error, write.followsTheOneBefore) = ([.write], errorOfDevice, true)
        breakDown([sync, write])
    }

    /// Calls so far, and how many of them were broken.
    package var callCount: Int { Int(unsafe faulty_disk_calls(pointer)) }
    package var brokenCount: Int { Int(unsafe faulty_disk_broken(pointer)) }
}

// MARK: - What was written down

extension FaultyDisk {
    /// Writes down from here on what is done. To be called before a file is opened.
    package func startRecording() { unsafe faulty_disk_record(pointer, 1) }

    /// Lets go of what was written down.
    package func forget() {
        unsafe faulty_disk_record(pointer, 0)
        unsafe faulty_disk_forget(pointer)
    }

    /// How many calls were written down.
    package var position: Int { Int(unsafe faulty_disk_recorded(pointer)) }

    func call(_ index: Int) -> RecordedCall {
        unsafe RecordedCall(faulty_disk_recorded_call(pointer, Int64(index)))
    }
}

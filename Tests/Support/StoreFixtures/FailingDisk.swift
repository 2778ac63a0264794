import CSQLite
import Synchronization

/// The system's file system as SQLite sees it, with writes and syncs that can be made to fail: the one thing
/// that real files do not do on demand. Each one breaks by itself, so tests that use it run beside each
/// other.
package final class FailingDisk: Sendable {
    /// The name under which SQLite finds it.
    package let name: String
    private let faults = Mutex(Faults())

    private struct Faults {
        /// How many syncs still succeed before so many fail, and how many writes fail.
        var goodSyncs = 0
        var failingSyncs = 0
        var failingWrites = 0
        /// Whether a failed sync is the last thing the disk does.
        var diesOfFailedSync = false
    }

    package init() {
        name = "failing-disk-\(Self.count.add(1, ordering: .relaxed).newValue)"
        register()
    }

    private static let count = Atomic<Int>(0)

    package func heal() {
        faults.withLock { $0 = Faults() }
    }

    package func failSyncs(_ count: Int = .max, after good: Int = 0) {
        faults.withLock { ($0.goodSyncs, $0.failingSyncs) = (good, count) }
    }

    package func failWrites() {
        faults.withLock { $0.failingWrites = .max }
    }

    /// The next sync fails, and after it no write succeeds.
    package func dieOfNextSync() {
        faults.withLock { ($0.diesOfFailedSync, $0.goodSyncs, $0.failingSyncs) = (true, 0, .max) }
    }

    private func syncFails() -> Bool {
        faults.withLock { faults in
            if Self.take(from: &faults.goodSyncs) { return false }
            guard Self.take(from: &faults.failingSyncs) else { return false }
            if faults.diesOfFailedSync { faults.failingWrites = .max }
            return true
        }
    }

    private func writeFails() -> Bool {
        faults.withLock { Self.take(from: &$0.failingWrites) }
    }

    private static func take(from counter: inout Int) -> Bool {
        guard counter > 0 else { return false }
        counter -= 1
        return true
    }
}

// MARK: - As SQLite calls it

// Safe: everything here is either SQLite's own and lives as long as the process, or allocated and never
// freed.
extension FailingDisk {
    /// A kind of SQLite's files (the database and its log differ in how they are locked) on one disk: the
    /// address of SQLite's own methods.
    private struct Kind {
        let disk: FailingDisk
        let original: UInt

        var methods: UnsafePointer<sqlite3_io_methods>? { unsafe UnsafePointer(bitPattern: original) }
    }

    /// The disks by the addresses of their file systems, the kinds by the addresses of our methods, and by
    /// those of the files that were opened last: somebody else's methods may stand in front of ours.
    private static let disks = Mutex<[UInt: FailingDisk]>([:])
    private static let kinds = Mutex<[UInt: Kind]>([:])
    private static let files = Mutex<[UInt: Kind]>([:])

    /// `SQLITE_IOERR_FSYNC`, a macro that Swift does not import.
    private static let syncFault = SQLITE_IOERR | 4 << 8

    private func register() {
        guard let system = unsafe sqlite3_vfs_find("unix") else {
            preconditionFailure("SQLite has no unix VFS")
        }
        let failing = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        unsafe failing.initialize(to: system.pointee)
        unsafe failing.pointee.pNext = nil
        let characters = name.utf8CString
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
        for (index, character) in characters.enumerated() { unsafe text[index] = character }
        unsafe failing.pointee.zName = UnsafePointer(text)
        unsafe failing.pointee.xOpen = { disk, path, file, flags, outFlags in
            guard let system = unsafe sqlite3_vfs_find("unix"), let file = unsafe file,
                let code = unsafe system.pointee.xOpen?(system, path, file, flags, outFlags)
            else { return SQLITE_CANTOPEN }
            if let methods = unsafe file.pointee.pMethods {
                let ours = unsafe FailingDisk.methods(UInt(bitPattern: disk), methods)
                unsafe file.pointee.pMethods = ours
                let kind = FailingDisk.kinds.withLock { $0[UInt(bitPattern: ours)] }
                FailingDisk.files.withLock { $0[UInt(bitPattern: file)] = kind }
            }
            return code
        }
        Self.disks.withLock { $0[UInt(bitPattern: failing)] = self }
        unsafe sqlite3_vfs_register(failing, 0)
    }

    private static func methods(
        _ address: UInt, _ original: UnsafePointer<sqlite3_io_methods>
    ) -> UnsafePointer<sqlite3_io_methods>? {
        guard let disk = disks.withLock({ $0[address] }) else { return nil }
        let kind = Kind(disk: disk, original: UInt(bitPattern: original))
        let made = kinds.withLock { kinds in
            kinds.first { $0.value.disk === disk && $0.value.original == kind.original }?.key
        }
        if let made { return unsafe UnsafePointer(bitPattern: made) }
        let copy = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        unsafe copy.initialize(to: original.pointee)
        unsafe copy.pointee.xSync = { file, flags in
            guard let file = unsafe file, let kind = unsafe FailingDisk.kind(of: file),
                !kind.disk.syncFails()
            else { return FailingDisk.syncFault }
            return unsafe kind.methods?.pointee.xSync?(file, flags) ?? FailingDisk.syncFault
        }
        unsafe copy.pointee.xWrite = { file, bytes, count, offset in
            guard let file = unsafe file, let kind = unsafe FailingDisk.kind(of: file),
                !kind.disk.writeFails()
            else { return SQLITE_FULL }
            return unsafe kind.methods?.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_FULL
        }
        kinds.withLock { $0[UInt(bitPattern: copy)] = kind }
        return unsafe UnsafePointer(copy)
    }

    private static func kind(of file: UnsafeMutablePointer<sqlite3_file>) -> Kind? {
        let address = UInt(bitPattern: file)
        return files.withLock { $0[address] }
    }
}

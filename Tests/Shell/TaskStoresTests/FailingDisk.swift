import CSQLite
import Synchronization

/// The system's file system as SQLite sees it, with writes and syncs that can be made to fail: the one thing
/// that real files do not do on demand. It is one for the whole process, so tests that use it run one after
/// another.
enum FailingDisk {
    /// The name under which SQLite finds it.
    static let name: String = {
        register()
        return "failing-disk"
    }()

    /// How many syncs still succeed before so many fail, how many writes fail, and whether a failed sync is
    /// the last thing the disk does.
    private static let goodSyncs = Atomic<Int>(0)
    private static let failingSyncs = Atomic<Int>(0)
    private static let failingWrites = Atomic<Int>(0)
    private static let diesOfFailedSync = Atomic<Bool>(false)

    static func heal() {
        goodSyncs.store(0, ordering: .sequentiallyConsistent)
        failingSyncs.store(0, ordering: .sequentiallyConsistent)
        failingWrites.store(0, ordering: .sequentiallyConsistent)
        diesOfFailedSync.store(false, ordering: .sequentiallyConsistent)
    }

    static func failSyncs(_ count: Int = .max, after good: Int = 0) {
        goodSyncs.store(good, ordering: .sequentiallyConsistent)
        failingSyncs.store(count, ordering: .sequentiallyConsistent)
    }

    static func failWrites() {
        failingWrites.store(.max, ordering: .sequentiallyConsistent)
    }

    /// The next sync fails, and after it no write succeeds.
    static func dieOfNextSync() {
        diesOfFailedSync.store(true, ordering: .sequentiallyConsistent)
        failSyncs()
    }

    private static func syncFails() -> Bool {
        if take(from: goodSyncs) { return false }
        guard take(from: failingSyncs) else { return false }
        if diesOfFailedSync.load(ordering: .sequentiallyConsistent) { failWrites() }
        return true
    }

    /// The methods of one of SQLite's own files, and ours for each kind of file (the database and its log
    /// differ in how they are locked, and are synced and written by the same functions), by their addresses.
    private static let original = Atomic<UInt>(0)
    private static let replacements = Mutex<[UInt: UInt]>([:])

    private static func take(from counter: borrowing Atomic<Int>) -> Bool {
        let left = counter.load(ordering: .sequentiallyConsistent)
        guard left > 0 else { return false }
        counter.store(left - 1, ordering: .sequentiallyConsistent)
        return true
    }

    // Safe: everything here is either SQLite's own and lives as long as the process, or allocated and never
    // freed.
    private static func register() {
        guard let system = unsafe sqlite3_vfs_find("unix") else {
            preconditionFailure("SQLite has no unix VFS")
        }
        let failing = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        unsafe failing.initialize(to: system.pointee)
        unsafe failing.pointee.pNext = nil
        let name = "failing-disk".utf8CString
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: name.count)
        for (index, character) in name.enumerated() { unsafe text[index] = character }
        unsafe failing.pointee.zName = UnsafePointer(text)
        unsafe failing.pointee.xOpen = { _, path, file, flags, outFlags in
            guard let system = unsafe sqlite3_vfs_find("unix"), let file = unsafe file,
                let code = unsafe system.pointee.xOpen?(system, path, file, flags, outFlags)
            else { return SQLITE_CANTOPEN }
            if let methods = unsafe file.pointee.pMethods {
                unsafe file.pointee.pMethods = FailingDisk.replacement(for: methods)
            }
            return code
        }
        unsafe sqlite3_vfs_register(failing, 0)
    }

    private static func replacement(
        for methods: UnsafePointer<sqlite3_io_methods>
    ) -> UnsafePointer<sqlite3_io_methods>? {
        let kind = UInt(bitPattern: methods)
        if let made = replacements.withLock({ $0[kind] }) { return unsafe UnsafePointer(bitPattern: made) }
        let copy = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        unsafe copy.initialize(to: methods.pointee)
        unsafe copy.pointee.xSync = { file, flags in
            guard !FailingDisk.syncFails() else { return FailingDisk.syncFault }
            return unsafe FailingDisk.system?.pointee.xSync?(file, flags) ?? FailingDisk.syncFault
        }
        unsafe copy.pointee.xWrite = { file, bytes, count, offset in
            guard !FailingDisk.take(from: FailingDisk.failingWrites) else { return SQLITE_FULL }
            return unsafe FailingDisk.system?.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_FULL
        }
        original.store(kind, ordering: .sequentiallyConsistent)
        let made = UInt(bitPattern: copy)
        replacements.withLock { $0[kind] = made }
        return unsafe UnsafePointer(copy)
    }

    /// `SQLITE_IOERR_FSYNC`, a macro that Swift does not import.
    private static let syncFault = SQLITE_IOERR | 4 << 8

    private static var system: UnsafePointer<sqlite3_io_methods>? {
        unsafe UnsafePointer(bitPattern: original.load(ordering: .sequentiallyConsistent))
    }
}

import Glibc
import Tasks

/// The folder that holds everything a service keeps, owned by one process at a time.
///
/// The owner holds a lock on the file `lock` in it. The lock belongs to the open file, not to the process, so
/// it also keeps a second store in the same process out; the kernel lets go of it however the process ends.
struct DataDirectory: ~Copyable {
    let path: String
    private let lock: Int32

    /// Creates the folder when it is missing, and takes it.
    init(owning path: String) throws(StoreFault) {
        try Self.create(path)
        let lock = try Self.takeLock(of: path)
        do throws(StoreFault) {
            try Self.makePrivate(Self.databasePath(in: path))
        } catch {
            Glibc.close(lock)
            throw error
        }
        self.path = path
        self.lock = lock
    }

    deinit {
        // Let go by name: a child between its fork and its exec still has a copy of the descriptor.
        flock(lock, LOCK_UN)
        Glibc.close(lock)
    }

    var databasePath: String { Self.databasePath(in: path) }

    static func databasePath(in path: String) -> String { "\(path)/fusebox.sqlite" }
}

extension DataDirectory {
    /// Makes the folder, for our eyes only, and puts its name on disk: what is synced into a folder that a
    /// power cut takes away is lost as well.
    private static func create(_ path: String) throws(StoreFault) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw StoreFault(.inputOutput, "the data directory has no valid name")
        }
        // Safe: the path lives during the call.
        if unsafe mkdir(path, 0o700) == 0 {
            let parent = open("\(path)/..", O_RDONLY | O_DIRECTORY)
            guard parent >= 0 else { throw fault("cannot create the data directory \(path)") }
            defer { Glibc.close(parent) }
            guard fsync(parent) == 0 else { throw fault("cannot put the data directory \(path) on disk") }
        } else if errno == ENOENT {
            throw StoreFault(
                .inputOutput, "cannot create the data directory \(path): the folder above it does not exist")
        } else if errno != EEXIST {
            throw fault("cannot create the data directory \(path)")
        }
        let directory = open(path, O_RDONLY | O_DIRECTORY)
        guard directory >= 0 else {
            throw errno == ENOTDIR
                ? StoreFault(.inputOutput, "the data directory \(path) is not a directory")
                : fault("cannot read the data directory \(path)")
        }
        Glibc.close(directory)
    }

    private static func takeLock(of path: String) throws(StoreFault) -> Int32 {
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw fault("cannot write in the data directory \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let owner = processNumber(in: descriptor)
            Glibc.close(descriptor)
            guard reason == EWOULDBLOCK else { throw fault("cannot lock the data directory \(path)", reason) }
            let name = owner.map { "process \($0)" } ?? "another process"
            throw StoreFault(.inUse, "the data directory \(path) is in use by \(name)")
        }
        write("\(getpid())\n", to: descriptor)
        return descriptor
    }

    /// The number that the owner wrote into the lock file, if it is there.
    private static func processNumber(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        // Safe: the array is as long as `count` says.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return Int(String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 10 }, as: UTF8.self))
    }

    /// Tells a second process whom to blame. It is only a courtesy: a full disk must not keep us from
    /// starting.
    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        ftruncate(descriptor, 0)
        // Safe: the array is as long as `count` says.
        _ = unsafe pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// Makes an empty file where the database will be: SQLite would let everybody read it, and a directory
    /// that was there before may be open to all. SQLite's log takes over the file's mode. Only the owner of
    /// the lock may do it: to close any descriptor of a file drops all locks that this process has on it.
    static func makePrivate(_ path: String) throws(StoreFault) {
        let descriptor = open(path, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw fault("cannot write \(path)") }
        Glibc.close(descriptor)
    }

    private static func open(_ path: String, _ flags: Int32) -> Int32 {
        // Safe: the path lives during the call. Without O_CLOEXEC a bot's process would hold the lock on
        // after our end.
        unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
    }

    private static func fault(_ what: String, _ code: Int32 = errno) -> StoreFault {
        StoreFault(system: code, what)
    }
}

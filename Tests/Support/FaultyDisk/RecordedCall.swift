import CFaultyDisk
import Glibc

/// The two errors that disks give.
package let errorOfDevice = EIO
package let errorOfFullDisk = ENOSPC

/// One call that a disk wrote down, as values.
enum RecordedCall {
    case write(String, offset: Int, [UInt8])
    case truncate(String, Int)
    case sync(String, succeeded: Bool)
    /// A file that was there before counts as on disk, with what was in it.
    case create(String, [UInt8], wasThere: Bool)
    case remove(String)
    case rename(String, String)
    case syncDirectory(String)
    case makeDirectory(String)

    init(_ call: faulty_call) {
        // Safe: the call's texts and bytes live until the disk forgets them, and are copied here.
        let name = unsafe call.name.map { unsafe String(cString: $0) } ?? ""
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: call.bytes, count: Int(call.count)))
        self =
            switch FaultyDisk.Call(rawValue: unsafe call.kind.rawValue) {
            case .write: .write(name, offset: Int(unsafe call.offset), bytes)
            case .truncate: .truncate(name, Int(unsafe call.offset))
            case .sync: .sync(name, succeeded: unsafe call.failed == 0)
            case .create: .create(name, bytes, wasThere: unsafe call.was_there == 1)
            case .remove: .remove(name)
            case .rename: .rename(name, unsafe call.new_name.map { unsafe String(cString: $0) } ?? "")
            case .syncDirectory: .syncDirectory(name)
            case .makeDirectory: .makeDirectory(name)
            case nil: preconditionFailure("there is no such call of \(name)")
            }
    }

    /// Whether this puts something on disk for good.
    var isBoundary: Bool {
        switch self {
        case .sync(_, let succeeded): succeeded
        case .syncDirectory: true
        case .write, .truncate, .create, .remove, .rename, .makeDirectory: false
        }
    }
}

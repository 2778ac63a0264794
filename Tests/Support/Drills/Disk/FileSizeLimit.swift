import CLinux
import ServiceDriving

/// Lets a process that runs write no file beyond a size, and takes that back. It needs no privilege: only the
/// soft limit is changed.
enum FileSizeLimit {
    static func set(bytes: UInt, of process: Int32) throws(DrivingFault) {
        try change(process) { $0.rlim_cur = min(bytes, $0.rlim_max) }
    }

    static func lift(of process: Int32) throws(DrivingFault) {
        try change(process) { $0.rlim_cur = $0.rlim_max }
    }

    private static func change(_ process: Int32, _ body: (inout rlimit) -> Void) throws(DrivingFault) {
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        var limit = rlimit()
        // Safe: both calls use the variable only until they return.
        guard unsafe prlimit(process, resource, nil, &limit) == 0 else {
            throw DrivingFault("the limits of process \(process) cannot be read")
        }
        body(&limit)
        guard unsafe prlimit(process, resource, &limit, nil) == 0 else {
            throw DrivingFault("the limits of process \(process) cannot be set")
        }
    }
}

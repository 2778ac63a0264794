import ServiceDriving

/// A file system of a few megabytes, held in memory and mounted for the life of this object. Part of it is
/// taken by a ballast that can be thrown off.
final class SmallDisk {
    let path: String
    private let folder: TemporaryFolder

    /// Why none can be mounted here; nil when one can.
    static func obstacle() -> String? {
        do {
            _ = try SmallDisk(megabytes: 1)
            return nil
        } catch {
            return "no file system can be mounted here: \(error)"
        }
    }

    init(megabytes: Int) throws(DrivingFault) {
        folder = try TemporaryFolder()
        path = "\(folder.path)/disk"
        try Self.run(["mkdir", path])
        try Self.run(["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "fusebox-drill", path])
    }

    /// Takes space away. More than there is left fills the disk to its last byte.
    func load(ballastBytes: Int) throws(DrivingFault) {
        let command = "head -c \(ballastBytes) /dev/zero > \"$0\" 2> \"$1\" || true"
        try Self.run(["sh", "-c", command, "\(path)/ballast", "/dev/null"])
    }

    func dropBallast() throws(DrivingFault) {
        try Self.run(["rm", "\(path)/ballast"])
    }

    private static func run(_ arguments: [String]) throws(DrivingFault) {
        let result = try Run.toEnd(arguments)
        guard result.code == 0 else {
            throw DrivingFault("\(arguments.joined(separator: " ")): \(result.errors)")
        }
    }

    deinit {
        // Lazily: a service that is about to be killed may still have files open in it.
        _ = try? Run.toEnd(["umount", "-l", path])
    }
}

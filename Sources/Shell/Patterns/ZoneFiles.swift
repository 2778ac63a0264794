import Glibc
package import OutcomeRules

/// The rules of time zones, from the system's own files. Each is read once, when a bot first names it.
package final class ZoneFiles {
    /// Zones kept; what comes beyond is read each time. There are some 600 names, a bot uses one or two.
    package static let mostKept = 32
    /// The largest file that is read. The largest that there are have 4 KiB.
    package static let largestFile = 65_536
    /// The longest name, in bytes. The longest that there is has 32.
    package static let longestName = 64

    private let folder: String
    private let localFile: String
    private let localName: String?
    private var kept: [String: ZoneRules?] = [:]

    /// - Parameters:
    ///   - folder: where the files are, by the names of their zones.
    ///   - localFile: the machine's own zone.
    ///   - localName: the name of the zone that counts as this machine's instead, as TZ says it.
    package init(
        folder: String = "/usr/share/zoneinfo", localFile: String = "/etc/localtime", localName: String? = nil
    ) {
        self.folder = folder
        self.localFile = localFile
        // TZ may be written with a colon before the name.
        let name = localName.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 }
        self.localName = name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Parameter name: as in `America/New_York`; empty for the machine's own.
    /// - Returns: nil when there is no such zone, or its file is none that can be read.
    package func rules(named name: String) -> ZoneRules? {
        if let known = kept[name] { return known }
        guard name.utf8.count <= Self.longestName else { return nil }
        let rules = path(of: name).flatMap(Self.read).flatMap { ZoneRules(tzif: $0) }
        if kept.count < Self.mostKept { kept[name] = .some(rules) }
        return rules
    }

    private func path(of name: String) -> String? {
        guard name.isEmpty else { return Self.isName(name) ? "\(folder)/\(name)" : nil }
        guard let localName else { return localFile }
        return Self.isName(localName) ? "\(folder)/\(localName)" : nil
    }

    /// The name comes from a bot: without dots it cannot lead out of the folder.
    private static func isName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                        UInt8(ascii: "+"):
                        true
                    default: false
                    }
                }
        }
    }

    private static func read(_ path: String) -> [UInt8]? {
        // Safe: the path is a NUL-ended text for the time of the call. Nothing there makes the call wait.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        // Safe: the kernel fills the structure, which lives through the call.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (1...off_t(largestFile)).contains(status.st_size)
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        // Safe: the call writes into the array at most as many bytes as it has.
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        }
        return count == bytes.count ? bytes : nil
    }
}

@available(*, unavailable)
extension ZoneFiles: Sendable {}

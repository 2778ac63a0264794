package import UV

/// Why the event log cannot be opened, written or rotated.
package struct EventLogFault: Error, Equatable, CustomStringConvertible {
    /// The file or folder concerned.
    package let path: String
    package let reason: Reason

    package init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    package enum Reason: Equatable, Sendable {
        case isDirectory
        /// A pipe, a device or a socket: there is no reading back where the log ended.
        case isNotRegular
        /// A folder on the way to the file is something else.
        case parentIsNotDirectory
        /// Its end is not one of ours, so it is somebody else's file, and cutting or adding to it would spoil
        /// it.
        case isNotEventLog
        /// The system said no.
        case system(UVFault)
    }

    /// One sentence with the path in it.
    package var description: String {
        switch reason {
        case .isDirectory: "the event log \(path) is a directory, not a file"
        case .isNotRegular: "the event log \(path) is not a regular file"
        case .parentIsNotDirectory: "the event log cannot be where it should: \(path) is not a directory"
        case .isNotEventLog:
            "the event log \(path) does not end like one; it may be another program's file and is left alone"
        case .system(let fault):
            "the event log failed at \(path): \(fault.operation): \(fault.message) (\(fault.name))"
        }
    }
}

/// Says with a fault of the system which file it was about.
func blaming<Result>(
    _ path: String, _ body: () throws(UVFault) -> Result
) throws(EventLogFault) -> Result {
    do throws(UVFault) {
        return try body()
    } catch {
        throw EventLogFault(path: path, reason: .system(error))
    }
}

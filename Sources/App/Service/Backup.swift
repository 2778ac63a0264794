import TaskStores
import Tasks

/// A copy of a service's data.
package struct Backup {
    package let bytes: Int
    package let tasks: Int

    /// Why there is none, in one sentence.
    package struct Failure: Error, CustomStringConvertible {
        /// Whether it was asked for something that makes no sense, rather than that it failed.
        package let isRefusal: Bool
        package let description: String
    }

    /// - Parameters:
    ///   - directory: the data directory; its service may run.
    ///   - file: where the copy goes.
    ///   - replacing: whether a file that is there is replaced.
    package static func write(
        of directory: String, to file: String, replacing: Bool
    ) throws(Failure) -> Backup {
        do {
            let backup = try StoreBackup.write(of: directory, to: file, replacing: replacing)
            return Backup(bytes: backup.bytes, tasks: backup.tasks)
        } catch {
            switch error {
            case .refused(let reason): throw Failure(isRefusal: true, description: reason)
            case .failed(let fault): throw Failure(isRefusal: false, description: fault.message)
            }
        }
    }
}

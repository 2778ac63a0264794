import FaultyDisk
import Glibc
import SeededRandom
import StoreFixtures
import TaskStores
import Tasks

/// A folder in which a store is opened on what a power cut left, with the system's own file system.
final class Afterlife {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'")
    }

    /// A data directory with nothing in it.
    func emptied() -> String {
        for suffix in ["", "-journal", "-wal", "-shm", ".building", ".rebuilt"] {
            // Safe: the path lives during the call. There may be none.
            _ = unsafe unlink(folder.database + suffix)
        }
        Self.removeFolder(outputs)
        return folder.data
    }

    /// Where a store keeps the outputs that are too long for a row.
    private var outputs: String { "\(folder.data)/outputs" }

    private static func removeFolder(_ path: String) {
        // Safe: the path lives during the calls, and each name is copied before the next is read.
        guard let entries = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            _ = unsafe unlink("\(path)/\(name)")
        }
        unsafe closedir(entries)
        _ = unsafe rmdir(path)
    }

    /// Opens a store on these files and holds it against what may be there.
    func violations(
        of files: [String: [UInt8]], allowed: [StoreModel], ids: [TaskID]
    ) -> [String] {
        do {
            let (found, contradictions) = try contents(of: files, ids: ids)
            if !contradictions.isEmpty || allowed.contains(found) { return contradictions }
            return [allowed.map { $0.difference(to: found) }.joined(separator: "; or ")]
        } catch {
            return ["cannot be opened: \(error)"]
        }
    }

    /// Opens a store on these files and asks for everything: nil when it does not open.
    func audit(
        of files: [String: [UInt8]], _ truth: StoreModel
    ) throws -> (faults: Int, lies: [String])? {
        let data = try placed(files)
        do {
            return try StoreHarness(data: data).audit(truth, bots: StoreWorkload.bots)
        } catch is StoreFault {
            return nil
        }
    }

    /// What a store on these files says.
    func contents(
        of files: [String: [UInt8]], ids: [TaskID]
    ) throws -> (StoreModel, contradictions: [String]) {
        try StoreHarness(data: placed(files)).contents(ids: ids, bots: StoreWorkload.bots)
    }

    private func placed(_ files: [String: [UInt8]]) throws(StoreFault) -> String {
        let data = emptied()
        // Safe: the path lives during the call.
        _ = unsafe mkdir(outputs, 0o700)
        for (name, bytes) in files {
            let parts = name.split(separator: "/")
            let folder = parts.dropLast().last == "outputs" ? outputs : data
            try Self.write(bytes, to: "\(folder)/\(parts.last ?? "")")
        }
        return data
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(StoreFault) {
        // Safe: the path lives during the call, the file is closed below, the array is as long as is said.
        let file = unsafe fopen(path, "wb")
        guard let file = unsafe file else { throw StoreFault(.inputOutput, "cannot write \(path)") }
        let count = unsafe bytes.isEmpty ? 0 : fwrite(bytes, 1, bytes.count, file)
        guard unsafe fclose(file) == 0, count == bytes.count else {
            throw StoreFault(.inputOutput, "cannot write \(path)")
        }
    }
}

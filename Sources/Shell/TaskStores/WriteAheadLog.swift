import Glibc
import Tasks

/// SQLite's write-ahead log, read before SQLite reads it.
///
/// SQLite takes from a log what has right checksums from the beginning on, and silently leaves out the rest.
/// For the commit that a power cut tore that is what it should do: it was never answered. But one damaged bit
/// in the middle would take every commit behind it along. The two are told apart by what comes behind the
/// first wrong page. Each commit is synced before the next one is written, so there the unsynced tail has at
/// most one page with the mark of a complete commit. (A commit whose sync failed is overwritten by a commit
/// of one page, see `WriteSession`; a power cut may tear that one and leave the rest of the other.) Two such
/// marks mean that something is missing that was on disk.
///
/// What is not noticed: damage to the last commit of the log, or to the mark of the one before, and a log
/// that was cut short. None of them differs from a power cut.
///
/// The format is SQLite's, section 4 of its file format: a header of 32 bytes, then pages, each behind a
/// header of 24 bytes.
struct WriteAheadLog {
    private let file: Int32
    private let path: String
    private var sum = Sum()

    /// Looks whether the log of a database is whole up to its unsynced tail. There may be none.
    static func check(ofDatabase path: String) throws(StoreFault) {
        let path = "\(path)-wal"
        // Safe: the path lives during the call.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            guard errno == ENOENT else { throw StoreFault(system: errno, "cannot read \(path)") }
            return
        }
        defer { close(file) }
        var log = WriteAheadLog(file: file, path: path)
        try log.check()
    }

    private init(file: Int32, path: String) {
        (self.file, self.path) = (file, path)
    }

    private mutating func check() throws(StoreFault) {
        let header = try read(32, at: 0)
        // Pages follow only when the header has been synced.
        guard header.count == 32, header.contains(where: { $0 != 0 }) else { return }
        let magic = header.number(at: 0)
        sum.isBigEndian = magic & 1 == 1
        sum.take(header[..<24])
        let pageBytes = Int(header.number(at: 8))
        guard magic | 1 == 0x377F_0683, sum == header.sum(at: 24), (512...65536).contains(pageBytes) else {
            throw damaged("its header is not as it was written")
        }
        var (offset, isWhole, marks) = (32, true, 0)
        while true {
            let frame = try read(24 + pageBytes, at: offset)
            guard frame.count == 24 + pageBytes else { return }
            offset += frame.count
            let isOfThisLog = frame[8..<16] == header[16..<24]
            if isWhole {
                sum.take(frame[..<8])
                sum.take(frame[24...])
                isWhole = isOfThisLog && sum == frame.sum(at: 16)
                continue
            }
            guard isOfThisLog, frame.number(at: 4) != 0 else { continue }
            marks += 1
            guard marks < 2 else { throw damaged("commits that were synced are missing or changed") }
        }
    }

    private func damaged(_ what: String) -> StoreFault {
        StoreFault(.unusable, "\(path): the file is damaged: \(what)")
    }

    /// As many bytes as there are, up to a count.
    private func read(_ count: Int, at offset: Int) throws(StoreFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // Safe: the array is as long as `count` says.
        let done = unsafe pread(file, &bytes, count, off_t(offset))
        guard done >= 0 else { throw StoreFault(system: errno, "cannot read \(path)") }
        bytes.removeSubrange(done...)
        return bytes
    }

    /// SQLite's running checksum, over pairs of words.
    fileprivate struct Sum: Equatable {
        var isBigEndian = false
        var (first, second) = (UInt32(0), UInt32(0))

        mutating func take(_ bytes: ArraySlice<UInt8>) {
            for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 8) {
                first &+= word(bytes, start) &+ second
                second &+= word(bytes, start + 4) &+ first
            }
        }

        private func word(_ bytes: ArraySlice<UInt8>, _ start: Int) -> UInt32 {
            let bigEndian = bytes.number(at: start)
            return isBigEndian ? bigEndian : bigEndian.byteSwapped
        }

        static func == (one: Sum, other: Sum) -> Bool {
            (one.first, one.second) == (other.first, other.second)
        }
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// Four bytes, most significant first.
    fileprivate func number(at index: Int) -> UInt32 {
        UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16 | UInt32(self[index + 2]) << 8
            | UInt32(self[index + 3])
    }
}

extension [UInt8] {
    fileprivate func sum(at index: Int) -> WriteAheadLog.Sum {
        WriteAheadLog.Sum(first: number(at: index), second: number(at: index + 4))
    }
}

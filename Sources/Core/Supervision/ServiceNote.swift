/// The file in which a service keeps, for the one after it, the mark that its processes carry and which of
/// them run: a head, then one place for each process, all of fixed length, so that each can be written by
/// itself.
///
/// A file that was copied to another directory says nothing there: two services with one mark would take
/// each other's processes for left behind. So it holds its own place on the disk, and one that stands
/// elsewhere is a new one.
package struct ServiceNote: Hashable, Sendable {
    package let mark: ServiceMark
    /// The kernel's name for the time since the machine was started.
    package let boot: String
    package let device: UInt64
    package let inode: UInt64

    package static let headLength = 192
    package static let placeLength = 64
    /// How much of a file is read: the head and 20,000 places.
    package static let longest = headLength + 20_000 * placeLength

    private static let form = "fusebox-service-1"

    package init(mark: ServiceMark, boot: String, device: UInt64, inode: UInt64) {
        self.mark = mark
        self.boot = boot
        self.device = device
        self.inode = inode
    }

    /// Reads the head; nil when it is none.
    package init?(reading file: [UInt8]) {
        guard file.count >= Self.headLength else { return nil }
        let words = Self.words(file[..<Self.headLength])
        guard words.count == 5, words[0] == Self.form, let mark = ServiceMark(words[1]),
            let device = UInt64(words[2]), let inode = UInt64(words[3])
        else { return nil }
        self.init(mark: mark, boot: words[4], device: device, inode: inode)
    }

    package var head: [UInt8] {
        Self.padded("\(Self.form) \(mark.text) \(device) \(inode) \(boot)", to: Self.headLength)
    }

    /// The processes in the places of a file. A place that was not written whole names none.
    package static func processes(in file: [UInt8]) -> [NotedProcess] {
        stride(from: headLength, to: max(headLength, file.count - placeLength + 1), by: placeLength)
            .compactMap { start in
                let words = words(file[start..<(start + placeLength)])
                guard words.count == 3, let pid = Int32(words[0]), pid > 0, let first = UInt64(words[1]),
                    let last = UInt64(words[2]), first <= last
                else { return nil }
                return NotedProcess(pid: pid, began: first...last)
            }
    }

    /// What stands in a place: a process, or nobody.
    package static func place(of process: NotedProcess?) -> [UInt8] {
        let text = process.map { "\($0.pid) \($0.began.lowerBound) \($0.began.upperBound)" } ?? "-"
        return padded(text, to: placeLength)
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> [String] {
        guard bytes.last == 10 else { return [] }
        return bytes.dropLast().split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func padded(_ text: String, to length: Int) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(length - 1))
        return bytes + [UInt8](repeating: 32, count: length - 1 - bytes.count) + [10]
    }
}

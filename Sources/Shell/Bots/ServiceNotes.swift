package import Supervision
package import UV

/// The file in the data directory by which a service finds what the one before it left running: the mark,
/// made once, and which processes run at present. See `ServiceNote`.
///
/// It serves only until the machine goes down, and then nothing runs any more: so nothing here is synced. It
/// is the second of two means: a process that threw the mark away is found by it, if it was started by the
/// service itself. So a place that cannot be written is let go.
package final class ServiceNotes {
    package let mark: ServiceMark
    /// The processes of the service before, if the machine has been up since.
    package let noted: [NotedProcess]

    /// Of many short processes most are gone before they are noted, which then costs neither a write nor the
    /// waking of a thread. A single one is noted at once.
    private static let rest = Duration.milliseconds(5)

    private let thread: BatchThread<Change>
    /// Which place each running process has.
    private var places: [Int32: Int] = [:]
    private var freePlaces: [Int] = []
    private var isClosed = false

    private enum Change: Sendable {
        case emptyAll
        /// What is to stand in a place.
        case place(Int, NotedProcess?)
    }

    /// Reads what an earlier service has noted.
    ///
    /// - Parameter path: the file; it is made when it is missing.
    /// - Throws: when it cannot be read or made.
    package init(at path: String) throws(UVFault) {
        let file = try SystemFile(path, for: .write)
        let bytes = try file.contents(atMost: ServiceNote.longest)
        let (device, inode) = try file.place()
        let boot = try ProcessTable.bootName()
        let found = ServiceNote(reading: bytes).flatMap { note in
            note.device == device && note.inode == inode ? note : nil
        }
        mark = found?.mark ?? ServiceMark(high: Randomness.bits(), low: Randomness.bits())
        noted = found?.boot == boot ? ServiceNote.processes(in: bytes) : []
        // Places of another time since the machine was started must not be taken for those of this one. Those
        // of this one stay until what they name was looked for: see `begin`.
        if found?.boot != boot { try file.truncate(to: 0) }
        try file.write(ServiceNote(mark: mark, boot: boot, device: device, inode: inode).head, at: 0)
        thread = try BatchThread(name: "service notes", rest: Self.rest) { changes in
            Self.write(changes, to: file)
            return nil
        }
    }

    /// What an earlier service noted has been looked for: its places are free.
    package func begin() { thread.submit(.emptyAll) }

    /// A process has been started.
    package func note(_ process: NotedProcess) {
        guard !isClosed else { return }
        let place = freePlaces.popLast() ?? places.count
        places[process.pid] = place
        thread.submit(.place(place, process))
    }

    /// A process is gone.
    package func forget(_ pid: Int32) {
        guard !isClosed, let place = places.removeValue(forKey: pid) else { return }
        freePlaces.append(place)
        thread.submit(.place(place, nil))
    }

    /// Writes what waits. Nothing is noted any more. Idempotent.
    package func close() {
        isClosed = true
        thread.finish()
    }

    private static func write(_ changes: [Change], to file: borrowing SystemFile) {
        // Of several changes to one place only the last is of interest.
        var last: [Int: NotedProcess?] = [:]
        for change in changes {
            switch change {
            case .emptyAll: try? file.truncate(to: ServiceNote.headLength)
            case .place(let place, let process): last[place] = .some(process)
            }
        }
        for (place, process) in last {
            let offset = ServiceNote.headLength + place * ServiceNote.placeLength
            try? file.write(ServiceNote.place(of: process), at: offset)
        }
    }
}

@available(*, unavailable)
extension ServiceNotes: Sendable {}

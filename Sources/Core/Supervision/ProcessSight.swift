/// A process as it was seen in the table of processes.
package struct ProcessSight: Hashable, Sendable {
    package let pid: Int32
    package let parent: Int32
    package let group: Int32
    package let session: Int32
    /// When it began, in ticks of the system's clock since the machine did. Together with the number it names
    /// a process: no number is given twice within a tick.
    package let start: UInt64
    /// It has ended, and only its entry is left.
    package let hasEnded: Bool
    package var carriesMark = false

    /// Reads the text of `/proc/PID/stat`; nil when it is none.
    ///
    /// A program may give itself any name, with brackets and spaces: the fields begin behind the last
    /// bracket.
    package init?(stat text: [UInt8]) {
        guard let open = text.firstIndex(of: UInt8(ascii: "(")),
            let close = text.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return nil }
        let fields = text[(close + 1)...].split { $0 == 32 || $0 == 10 }
        func number(_ field: Int) -> Int64? {
            // The manual counts from 1, and the third field is the first behind the name.
            let index = field - 3
            return index < fields.count ? Int64(String(decoding: fields[index], as: UTF8.self)) : nil
        }
        let first = String(decoding: text[..<open], as: UTF8.self)
        guard let pid = Int32(first.prefix { $0 != " " }), let state = fields.first?.first,
            let parent = number(4).flatMap({ Int32(exactly: $0) }),
            let group = number(5).flatMap({ Int32(exactly: $0) }),
            let session = number(6).flatMap({ Int32(exactly: $0) }),
            let start = number(22).flatMap({ UInt64(exactly: $0) })
        else { return nil }
        self.init(
            pid: pid, parent: parent, group: group, session: session, start: start,
            hasEnded: state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"))
    }

    package init(
        pid: Int32, parent: Int32, group: Int32, session: Int32, start: UInt64, hasEnded: Bool = false,
        carriesMark: Bool = false
    ) {
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.start = start
        self.hasEnded = hasEnded
        self.carriesMark = carriesMark
    }
}

/// A process that a service started, as it is noted for the next one.
package struct NotedProcess: Hashable, Sendable {
    package let pid: Int32
    /// Between these ticks of the system's clock it began.
    package let began: ClosedRange<UInt64>

    package init(pid: Int32, began: ClosedRange<UInt64>) {
        self.pid = pid
        self.began = began
    }
}

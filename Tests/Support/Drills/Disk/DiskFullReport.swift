import HTTPWire
import ServiceDriving

extension DiskFullDrill {
    package enum Shortage: String, CaseIterable, Sendable {
        /// A file system of a few megabytes is full.
        case smallDisk
        /// The process may write no file beyond a size.
        case fileSizeLimit
        /// Whatever is written, no sync of it succeeds.
        case failingSyncs

        /// Why it cannot be brought about here; nil when it can.
        package var obstacle: String? {
            switch self {
            case .smallDisk: SmallDisk.obstacle()
            case .fileSizeLimit: nil
            case .failingSyncs: DurabilityDrill.obstacle()
            }
        }
    }

    package enum Ending: String, CaseIterable, Sendable {
        /// The service goes on by itself.
        case roomReturns
        /// It is killed while there is no room, and started again when there is.
        case killed
        /// It is stopped, and at once, while there is no room, and started again when there is.
        case stopped
    }

    package struct Report {
        package internal(set) var accepted = 0
        package internal(set) var refused = 0
        /// Tasks whose program ended while nothing could be written.
        package internal(set) var endedMeanwhile = 0
        /// From when there was room again to when tasks were taken again.
        package internal(set) var readyAfter: Duration?
        package internal(set) var ends: [String: Int] = [:]
        package internal(set) var violations: [String] = []

        package var table: [String] {
            var rows = [
                ("accepted", accepted), ("refused for want of room", refused),
                ("ended while there was none", endedMeanwhile),
            ]
            if let readyAfter { rows.append(("ready after room, ms", Int(readyAfter.milliseconds))) }
            let classes = ends.sorted { $0.key < $1.key }.map { ("ended \($0.key)", $0.value) }
            return drillTable(rows + classes + [("violations (must be 0)", violations.count)]) + violations
        }
    }
}

extension ServiceAnswer {
    /// 503 `storage`, with the time to come back.
    var isStorageRefusal: Bool {
        let seconds = response.value(named: "retry-after").flatMap { Int($0) } ?? 0
        return status == 503 && text("type") == "storage" && seconds >= 1
    }
}

extension RunningService {
    /// How many lines with these words it wrote to its standard error.
    func complaints(_ words: String) -> Int { errors.split(separator: "\n").count { $0.contains(words) } }
}

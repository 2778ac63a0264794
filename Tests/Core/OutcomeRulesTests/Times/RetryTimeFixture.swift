import OutcomeRules
import Tasks
import Testing

/// Monday, 23 November 2026, 15:00:00 UTC: ten in the morning in New York, four in the afternoon in Berlin.
let monday = "2026-11-23T15:00:00Z"

/// Zones by their rules of 2026, so that no machine's tzdata is needed.
func knownZone(_ name: String) -> ZoneRules? {
    switch name {
    case "America/New_York", "America/Bogota/East": TZifFile.yearly("EST5EDT,M3.2.0,M11.1.0", offset: -18_000)
    case "America/Los_Angeles": TZifFile.yearly("PST8PDT,M3.2.0,M11.1.0", offset: -28_800)
    case "Europe/Berlin", "CET": TZifFile.yearly("CET-1CEST,M3.5.0,M10.5.0/3", offset: 3600)
    case "Asia/Seoul": TZifFile.yearly("KST-9", offset: 32_400)
    case "Etc/GMT+5": TZifFile.yearly("<-05>5", offset: -18_000)
    case "America/Port-au-Prince": TZifFile.yearly("EST5EDT,M3.2.0,M11.1.0", offset: -18_000)
    default: nil
    }
}

/// What a text means at a time, in RFC 3339; nil when it is not read.
func retryTime(
    _ text: String, at now: String = monday, zone: (String) -> ZoneRules? = knownZone
) throws -> String? {
    let now = try #require(WallTime(rfc3339: now))
    return RetryTime.parse(text, at: now, zone: zone).map { time in
        time.milliseconds % 1000 == 0 ? time.rfc3339Seconds : time.rfc3339Milliseconds
    }
}

/// The milliseconds from now that a text means.
func retrySpan(_ text: String) throws -> Int64? {
    let now = try #require(WallTime(rfc3339: monday))
    return RetryTime.parse(text, at: now, zone: knownZone).map { $0.milliseconds - now.milliseconds }
}

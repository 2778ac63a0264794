import Tasks

/// A time as it was read, before anything is known of now and of zones.
enum WrittenTime: Equatable {
    case span(milliseconds: Int64)
    /// Since 1970.
    case epoch(milliseconds: Int64)
    case moment(WrittenMoment)

    /// Nil when the zone is not known, or when there is no such day.
    func resolved(at now: WallTime, zone: (String) -> ZoneRules?) -> WallTime? {
        switch self {
        case .span(let milliseconds): now.advanced(by: .milliseconds(milliseconds))
        case .epoch(let milliseconds): WallTime(milliseconds: milliseconds)
        case .moment(let moment): moment.resolved(at: now, zone: zone)
        }
    }
}

/// A time of day, a date, or both.
struct WrittenMoment: Equatable {
    var day: WrittenDay?
    /// Nil for the day's first moment.
    var clock: WrittenClock?
    var zone = WrittenZone.unsaid
}

enum WrittenDay: Equatable {
    case today
    case tomorrow
    /// 0 is Sunday.
    case weekday(Int64)
    case date(year: Int64?, month: Int64, day: Int64)
    /// With the last two digits of a year only.
    case shortDate(year: Int64, month: Int64, day: Int64)
}

struct WrittenClock: Equatable {
    var hour: Int64
    var minute: Int64 = 0
    /// Seconds and their fraction; nil when they were not written.
    var milliseconds: Int64?

    var millisecondsOfDay: Int64 { (hour * 60 + minute) * 60_000 + (milliseconds ?? 0) }
}

enum WrittenZone: Equatable {
    case unsaid
    /// Seconds east of UTC.
    case offset(Int64)
    case named(String)
}

extension WrittenMoment {
    func resolved(at now: WallTime, zone lookUp: (String) -> ZoneRules?) -> WallTime? {
        rules(lookUp).flatMap { MomentResolution(moment: self, now: now, rules: $0).time() }
    }

    private func rules(_ lookUp: (String) -> ZoneRules?) -> ZoneRules? {
        switch zone {
        case .unsaid: lookUp("") ?? .utc
        case .offset(let seconds): ZoneRules(fixedOffset: Int32(seconds))
        case .named(let name): lookUp(name)
        }
    }
}

/// Finds the moment that is meant, from now and with a zone's clocks. Days are counted from 1970-01-01.
private struct MomentResolution {
    let moment: WrittenMoment
    let now: WallTime
    let rules: ZoneRules

    func time() -> WallTime? {
        switch moment.day {
        case nil: next(among: today - 1...today + 2)
        case .today: on(today)
        case .tomorrow: on(today + 1)
        case .weekday(let weekday): next(among: today - 1...today + 8) { Self.weekday(of: $0) == weekday }
        case .date(let year?, let month, let day): on(Self.day(year, month, day))
        case .date(nil, let month, let day): nearest(month: month, day: day)
        case .shortDate(let year, let month, let day): on(fullYear(year).flatMap { Self.day($0, month, day) })
        }
    }

    private var today: Int64 {
        let seconds = now.milliseconds.floorDivided(by: 1000).bounded
        return (seconds + rules.offset(at: seconds)).floorDivided(by: 86_400)
    }

    private func next(
        among days: ClosedRange<Int64>, where isMeant: (Int64) -> Bool = { _ in true }
    ) -> WallTime? {
        days.lazy.filter(isMeant).flatMap { times(on: $0) }.first { isAhead($0) }
    }

    /// The day's moment; of two, when the clocks are set back over it, the one that is ahead.
    private func on(_ day: Int64?) -> WallTime? {
        guard let day else { return nil }
        let times = times(on: day)
        return times.first { isAhead($0) } ?? times.last
    }

    /// Without a year: the first that is ahead, or not long past.
    private func nearest(month: Int64, day: Int64) -> WallTime? {
        let year = WallTime.civil(daysSinceEpoch: today).year
        let earliest = now.advanced(by: .seconds(-RetryTime.pastDays * 86_400))
        // Eight years, because 29 February can be so far away.
        return (year - 1...year + 8).lazy.compactMap { on(Self.day($0, month, day)) }
            .first { $0 >= earliest }
    }

    private func times(on day: Int64) -> [WallTime] {
        let milliseconds = moment.clock?.millisecondsOfDay ?? 0
        return rules.unixSeconds(ofLocal: day * 86_400 + milliseconds / 1000)
            .map { WallTime(milliseconds: $0 * 1000 + milliseconds % 1000) }
    }

    /// A time without seconds is not over before its minute is.
    private func isAhead(_ time: WallTime) -> Bool {
        let running: Duration =
            moment.clock?.milliseconds == nil ? .seconds(RetryTime.runningSeconds) : .zero
        return time.advanced(by: running) > now
    }

    /// Of two digits: what would be more than 50 years ahead is past (RFC 9110, section 5.6.7).
    private func fullYear(_ digits: Int64) -> Int64? {
        let present = WallTime.civil(daysSinceEpoch: today).year
        let year = present - present % 100 + digits
        return year > present + 50 ? year - 100 : year
    }

    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        guard day <= WallTime.days(inMonth: month, of: year) else { return nil }
        return WallTime.daysSinceEpoch(year: year, month: month, day: day)
    }

    private static func weekday(of day: Int64) -> Int64 {
        // 1970-01-01 was a Thursday.
        (day + 4) - (day + 4).floorDivided(by: 7) * 7
    }
}

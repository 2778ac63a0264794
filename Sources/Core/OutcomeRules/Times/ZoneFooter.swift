import Tasks

/// The last line of a TZif file: POSIX's TZ rule, such as `EST5EDT,M3.2.0,M11.1.0`, for all times after the
/// last change that the file lists (RFC 9636, section 3.3).
struct ZoneFooter: Hashable, Sendable {
    /// Seconds east of UTC.
    let standardOffset: Int64
    let daylight: Daylight?

    /// The time of the year in which another offset holds.
    struct Daylight: Hashable, Sendable {
        let offset: Int64
        let start: YearlyChange
        let end: YearlyChange
    }

    func offset(at unixSeconds: Int64) -> Int64 {
        changes(around: unixSeconds).last { $0.time <= unixSeconds }?.offset ?? standardOffset
    }

    /// The changes of the year of a time and of the years beside it, ascending.
    func changes(around unixSeconds: Int64) -> [(time: Int64, offset: Int64)] {
        guard let daylight else { return [] }
        let day = (unixSeconds.bounded + standardOffset).floorDivided(by: 86_400)
        let year = WallTime.civil(daysSinceEpoch: day).year
        var changes: [(time: Int64, offset: Int64)] = []
        for year in year - 1...year + 1 {
            changes.append((daylight.end.localSeconds(in: year) - daylight.offset, standardOffset))
            changes.append((daylight.start.localSeconds(in: year) - standardOffset, daylight.offset))
        }
        // Daylight time that lasts all year ends when it begins: at the same time its beginning comes last.
        return changes.sorted { left, right in
            left.time == right.time
                ? left.offset == standardOffset && right.offset != standardOffset : left.time < right.time
        }
    }
}

/// A day of every year and a time on it, by the clocks as they were before.
struct YearlyChange: Hashable, Sendable {
    let day: Day
    /// Seconds from the day's midnight; may lie outside of the day, by a week at most.
    let seconds: Int64

    enum Day: Hashable, Sendable {
        /// `Jn`: 1 to 365, where 29 February is never counted.
        case julian(Int64)
        /// `n`: 0 to 365, where it is.
        case ordinal(Int64)
        /// `Mm.w.d`: the week 5 stands for the last one, the weekday 0 for Sunday.
        case weekday(Int64, week: Int64, month: Int64)
    }

    /// Seconds from 1970-01-01T00:00 of the same clocks.
    func localSeconds(in year: Int64) -> Int64 {
        let newYear = WallTime.daysSinceEpoch(year: year, month: 1, day: 1)
        switch day {
        case .ordinal(let number):
            return (newYear + number) * 86_400 + seconds
        case .julian(let number):
            let isPastLeapDay = number >= 60 && WallTime.days(inMonth: 2, of: year) == 29
            return (newYear + number - 1 + (isPastLeapDay ? 1 : 0)) * 86_400 + seconds
        case .weekday(let weekday, let week, let month):
            let first = WallTime.daysSinceEpoch(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday.
            let firstWeekday = (first + 4) - (first + 4).floorDivided(by: 7) * 7
            var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if day >= WallTime.days(inMonth: month, of: year) { day -= 7 }
            return (first + day) * 86_400 + seconds
        }
    }
}

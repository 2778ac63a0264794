// A time of day and its date, in the orders in which people write them.

extension TimeReader {
    /// `8pm`, `Oct 5 at 8pm`, `20:00 on 5 October`, `tomorrow`, each with or without a zone.
    mutating func moment() -> WrittenMoment? {
        var moment = WrittenMoment()
        if let day = attempt({ $0.day() }) {
            moment.day = day
            moment.clock = attempt { reader in
                reader.passJoint()
                return reader.clock()
            }
            guard moment.clock != nil || !isBeforeNumber else { return nil }
        } else {
            guard let clock = attempt({ $0.clock() }) else { return nil }
            moment.clock = clock
        }
        guard let zone = zone(after: moment) else { return nil }
        moment.zone = zone
        if moment.day == nil {
            moment.day = attempt { reader in
                reader.passJoint()
                return reader.day()
            }
        }
        if moment.day != nil, moment.zone == .unsaid {
            guard let zone = self.zone(after: moment) else { return nil }
            moment.zone = zone
        }
        return moment
    }

    /// Whether a number comes next, which with a date before it can only be a time.
    private var isBeforeNumber: Bool {
        var reader = self
        reader.passJoint()
        return reader.takeNumber() != nil
    }

    /// What stands between a date and its time: `Oct 5 at 8pm`, `2026-10-05T20:00`, `8pm on Monday`.
    private mutating func passJoint() {
        _ = takeMark(",")
        _ = takeWord(["at", "on", "t"]) || takeMark("@")
    }

    /// The two forms that HTTP has given up: `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`, which is UTC without saying so (RFC 9110, section 5.6.7).
    mutating func obsoleteHTTPDate() -> WrittenMoment? {
        guard weekday() != nil else { return nil }
        if takeMark(",") {
            guard let day = takeNumber(in: 1...31, digits: 2...2), takeGluedMark("-"), let month = month(),
                takeGluedMark("-"), let year = takeNumber(in: 0...99, digits: 2...2), let clock = clock(),
                takeWord(["gmt"])
            else { return nil }
            let date = WrittenDay.shortDate(year: year, month: month, day: day)
            return WrittenMoment(day: date, clock: clock, zone: .offset(0))
        }
        guard let month = month(), let day = takeNumber(in: 1...31, digits: 1...2), let clock = clock(),
            let year = takeNumber(in: 0...9999, digits: 4...4)
        else { return nil }
        return WrittenMoment(
            day: .date(year: year, month: month, day: day), clock: clock, zone: .offset(0))
    }

    // MARK: Dates

    private mutating func day() -> WrittenDay? {
        if takeWord(["today"]) { return .today }
        if takeWord(["tomorrow"]) { return .tomorrow }
        let weekday = attempt { $0.weekday() }
        let date = attempt { reader in
            if weekday != nil { reader.passJoint() }
            return reader.isoDate() ?? reader.date()
        }
        return date ?? weekday.map { .weekday($0) }
    }

    /// 0 is Sunday.
    mutating func weekday() -> Int64? {
        guard let word = takeWord(),
            let index = Self.weekdays.firstIndex(where: { Self.names(word, $0) })
        else { return nil }
        _ = takeGluedMark(".")
        return Int64(index)
    }

    mutating func month() -> Int64? {
        guard let word = takeWord(),
            let index = Self.months.firstIndex(where: { Self.names(word, $0) })
        else { return nil }
        _ = takeGluedMark(".")
        return Int64(index) + 1
    }

    /// Whether a word is a name or its beginning of at least three letters.
    private static func names(_ word: String, _ name: String) -> Bool {
        word.utf8.count >= 3 && name.hasPrefix(word)
    }

    private static let weekdays = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december",
    ]

    private mutating func isoDate() -> WrittenDay? {
        attempt { reader in
            guard let year = reader.takeNumber(in: 0...9999, digits: 4...4), reader.takeGluedMark("-"),
                let month = reader.takeNumber(in: 1...12, digits: 2...2), reader.takeGluedMark("-"),
                let day = reader.takeNumber(in: 1...31, digits: 2...2)
            else { return nil }
            return .date(year: year, month: month, day: day)
        }
    }

    /// `Oct 5`, `October 5th, 2026`, `5 Oct 2026`.
    private mutating func date() -> WrittenDay? {
        if let month = attempt({ $0.month() }) {
            guard let day = dayOfMonth() else { return nil }
            return .date(year: attempt { $0.year() }, month: month, day: day)
        }
        guard let day = dayOfMonth() else { return nil }
        _ = takeWord(["of"])
        guard let month = month() else { return nil }
        return .date(year: attempt { $0.year() }, month: month, day: day)
    }

    private mutating func dayOfMonth() -> Int64? {
        guard let day = takeNumber(in: 1...31, digits: 1...2) else { return nil }
        if peek()?.isGlued == true { _ = takeWord(["st", "nd", "rd", "th"]) }
        return day
    }

    private mutating func year() -> Int64? {
        _ = takeMark(",")
        guard let year = takeNumber(in: 1970...9999, digits: 4...4), !isGlued(to: ":") else { return nil }
        return year
    }

    private func isGlued(to mark: Unicode.Scalar) -> Bool {
        peek()?.isGlued == true && peek()?.kind == .mark(UInt8(ascii: mark))
    }

    // MARK: Times of day

    /// `8pm`, `8:30 p.m.`, `20:00`, `20:00:59.5`, `noon`. An hour alone is none.
    mutating func clock() -> WrittenClock? {
        if takeWord(["noon"]) { return WrittenClock(hour: 12) }
        if takeWord(["midnight"]) { return WrittenClock(hour: 0) }
        guard let hour = takeNumber(in: 0...23, digits: 1...2) else { return nil }
        var clock = WrittenClock(hour: hour)
        var hasMinutes = false
        if takeGluedMark(":") {
            guard let minute = takeNumber(in: 0...59, digits: 2...2) else { return nil }
            (clock.minute, hasMinutes) = (minute, true)
            if takeGluedMark(":") {
                guard let second = takeNumber(), second.digits == 2, second.whole <= 60 else { return nil }
                clock.milliseconds = second.milliseconds(unit: 1000)
            }
        }
        guard let isAfternoon = attempt({ $0.halfOfDay() }) else { return hasMinutes ? clock : nil }
        guard (1...12).contains(hour) else { return nil }
        clock.hour = hour % 12 + (isAfternoon ? 12 : 0)
        return clock
    }

    /// `am`, `PM`, `a.m.`: whether it is the second half.
    private mutating func halfOfDay() -> Bool? {
        guard let word = takeWord() else { return nil }
        switch word {
        case "am", "pm": return word == "pm"
        case "a", "p":
            guard takeGluedMark("."), peek()?.isGlued == true, takeWord(["m"]) else { return nil }
            _ = takeGluedMark(".")
            return word == "p"
        default: return nil
        }
    }
}

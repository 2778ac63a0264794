// Zones as they are written behind a time.

extension TimeReader {
    /// `.unsaid` when there is none; nil when there is one that nobody can tell the offset of.
    mutating func zone(after moment: WrittenMoment) -> WrittenZone? {
        if let inside = attempt({ $0.takeParenthesis() }) { return Self.zone(named: inside) }
        // A `-` after a date alone is not an offset.
        if moment.clock != nil, startsOffset { return attempt { $0.offset() }.map { .offset($0) } }
        guard let token = peek(), case .word(let word) = token.kind else { return .unsaid }
        if word == "utc" || word == "gmt" {
            advance()
            return startsOffset ? attempt { $0.offset() }.map { .offset($0) } : .offset(0)
        }
        if word == "z", token.isGlued || written(token).allSatisfy(\.isUppercase) {
            advance()
            return .offset(0)
        }
        if let hours = Self.americanHours[word] {
            advance()
            return .offset(hours * 3600)
        }
        guard let name = areaName() else { return abbreviation(token) }
        return .named(name)
    }

    /// `Europe/Berlin` without parentheses.
    private mutating func areaName() -> String? {
        attempt { reader in
            let name = reader.takeBytes { $0.isLetter || $0.isDigit || Self.nameMarks.contains($0) }
            guard name.first?.isUppercase == true, name.contains(UInt8(ascii: "/")) else { return nil }
            return String(decoding: name, as: UTF8.self)
        }
    }

    private static let nameMarks: Set<UInt8> = Set("/_-+".utf8)

    /// Two to five capitals right after a time are an abbreviation of a zone.
    private mutating func abbreviation(_ token: TimeToken) -> WrittenZone? {
        let letters = written(token)
        guard (2...5).contains(letters.count), letters.allSatisfy(\.isUppercase) else { return .unsaid }
        advance()
        return Self.zone(named: String(decoding: letters, as: UTF8.self))
    }

    /// What stands alone or in parentheses. With a space in it, it is a remark.
    private static func zone(named name: String) -> WrittenZone? {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: " ")) else { return .unsaid }
        if let hours = americanHours[name.lowercased()] { return .offset(hours * 3600) }
        let bytes = Array(name.utf8)
        var reader = TimeReader(bytes: bytes, tokens: TimeLexer.tokens(of: bytes), position: 0)
        let isUniversal = reader.takeWord(["utc", "gmt", "z"])
        if let offset = reader.attempt({ $0.offset() }), reader.isAtEnd {
            return .offset(offset)
        }
        return isUniversal && reader.isAtEnd ? .offset(0) : .named(name)
    }

    /// The abbreviations that mail defined (RFC 5322, section 4.3). Others mean different zones in different
    /// places.
    private static let americanHours: [String: Int64] = [
        "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    ]

    /// Whether a sign comes next that belongs to the number after it.
    private var startsOffset: Bool {
        guard let sign = peek()?.kind, [.mark(UInt8(ascii: "+")), .mark(UInt8(ascii: "-"))].contains(sign),
            let next = peek(1), next.isGlued, case .number = next.kind
        else { return false }
        return true
    }

    /// `+02:00`, `-0500`, `+2`, in seconds east of UTC.
    private mutating func offset() -> Int64? {
        let isEast = takeMark("+")
        guard isEast || takeMark("-"), peek()?.isGlued == true, let minutes = offsetMinutes() else {
            return nil
        }
        // `8pm-9pm` is no offset.
        if case .word = peek()?.kind, peek()?.isGlued == true { return nil }
        return (isEast ? 60 : -60) * minutes
    }

    private mutating func offsetMinutes() -> Int64? {
        if let both = takeNumber(in: 0...2359, digits: 4...4) {
            return both % 100 < 60 ? both / 100 * 60 + both % 100 : nil
        }
        guard let hours = takeNumber(in: 0...23, digits: 1...2) else { return nil }
        guard takeGluedMark(":") else { return hours * 60 }
        return takeNumber(in: 0...59, digits: 2...2).map { hours * 60 + $0 }
    }
}

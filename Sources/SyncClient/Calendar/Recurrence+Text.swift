/// How rules are kept and read, and how people read them.
extension Recurrence {
    /// The rule as RFC 5545 writes it, with the last day as a date: `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8`.
    var text: String {
        var parts = ["FREQ=\(frequency.rawValue.uppercased())"]
        if interval > 1 { parts.append("INTERVAL=\(interval)") }
        if !weekdays.isEmpty {
            let days = orderedWeekdays.map(Self.code).joined(separator: ",")
            parts.append("BYDAY=\(days)")
        }
        switch end {
        case .day(let day): parts.append("UNTIL=\(day.text.filter { $0 != "-" })")
        case .count(let count): parts.append("COUNT=\(count)")
        }
        return parts.joined(separator: ";")
    }

    /// Reads what ``text`` writes; nil for rules that only a later version makes.
    init?(text: String) {
        var parts: [Substring: Substring] = [:]
        for part in text.split(separator: ";") {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, parts.updateValue(sides[1], forKey: sides[0]) == nil else {
                return nil
            }
        }
        let known: Set<Substring> = ["FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT"]
        guard known.isSuperset(of: parts.keys),
            let frequency = parts["FREQ"].flatMap({ Frequency(rawValue: $0.lowercased()) }),
            let interval = parts["INTERVAL"].map({ Digits.value($0) }) ?? 1,
            let end = Self.end(until: parts["UNTIL"], count: parts["COUNT"])
        else { return nil }
        let days = parts["BYDAY"]?.split(separator: ",").map { code in
            Weekday.allCases.first { Self.code($0) == code }
        }
        guard !(days ?? []).contains(nil) else { return nil }
        self.init(
            frequency: frequency, interval: interval,
            weekdays: Set((days ?? []).compactMap { $0 }), end: end)
    }

    private static func end(until: Substring?, count: Substring?) -> End? {
        switch (until, count) {
        case (nil, let count?): return Digits.value(count).map { .count($0) }
        case (let until?, nil):
            guard until.utf8.count == 8 else { return nil }
            let text = "\(until.prefix(4))-\(until.dropFirst(4).prefix(2))-\(until.suffix(2))"
            return (try? CalendarDay(text: text)).map { .day($0) }
        default: return nil
        }
    }

    /// `every 2 weeks on Mon, Wed, until 2027-03-01`.
    var words: String {
        let unit = frequency == .daily ? "day" : "week"
        var words = interval == 1 ? "every \(unit)" : "every \(interval) \(unit)s"
        if !weekdays.isEmpty {
            words += " on " + orderedWeekdays.map(\.abbreviation).joined(separator: ", ")
        }
        switch end {
        case .day(let day): return words + ", until \(day.text)"
        case .count(let count): return words + ", \(count) times"
        }
    }

    private var orderedWeekdays: [Weekday] { Weekday.allCases.filter(weekdays.contains) }

    /// `MO`, `TU`, …
    private static func code(_ day: Weekday) -> String {
        String(day.abbreviation.uppercased().prefix(2))
    }
}

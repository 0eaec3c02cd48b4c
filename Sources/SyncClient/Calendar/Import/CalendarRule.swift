/// A rule by which an entry of a calendar file comes again: all of RFC 5545, section 3.3.10, for
/// Gregorian calendars.
struct CalendarRule: Equatable {
    enum Frequency: String, CaseIterable {
        case secondly = "SECONDLY"
        case minutely = "MINUTELY"
        case hourly = "HOURLY"
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// A weekday, of a month or year perhaps only the first, the second, the last one.
    struct Day: Hashable {
        let ordinal: Int?
        let weekday: Weekday
    }

    /// Why a rule cannot be read: a clause for the report.
    struct Fault: Error, Equatable {
        let reason: String
    }

    var frequency = Frequency.daily
    var interval = 1
    var count: Int?
    /// The last moment that may be one; of a day all of it.
    var until: CalendarTime?
    var weekStart = Weekday.monday
    var months: Set<Int> = []
    var weeks: Set<Int> = []
    var yearDays: Set<Int> = []
    var monthDays: Set<Int> = []
    var days: Set<Day> = []
    var hours: [Int] = []
    var minutes: [Int] = []
    var seconds: [Int] = []
    /// Which ones of those in a period: the first, the last but one.
    var positions: [Int] = []

    private static let intervalMax = 1_000_000

    /// Reads `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8`. Parts of no meaning are passed over; values that no
    /// calendar has are a fault, because the rule would mean something else without them.
    init(_ text: String) throws(Fault) {
        var seen: Set<String> = []
        for part in text.uppercased().split(separator: ";") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw Fault(reason: "part of the rule has no value") }
            let name = sides[0].filter { !$0.isWhitespace }
            guard seen.insert(name).inserted else {
                throw Fault(reason: "the rule says \(Self.quoted(name)) twice")
            }
            try read(name, sides[1].filter { !$0.isWhitespace })
        }
        guard seen.contains("FREQ") else {
            throw Fault(reason: "the rule does not say how often")
        }
        try check()
    }

    private mutating func read(_ name: String, _ value: String) throws(Fault) {
        switch name {
        case "FREQ":
            guard let known = Frequency(rawValue: value) else {
                throw Fault(reason: "the rule's frequency \(Self.quoted(value)) is unknown")
            }
            frequency = known
        case "INTERVAL":
            guard let number = Digits.value(value), number > 0 else { throw Self.fault(name) }
            interval = min(number, Self.intervalMax)
        case "COUNT":
            guard let number = Digits.value(value), number > 0 else { throw Self.fault(name) }
            count = number
        case "UNTIL":
            guard let time = CalendarTime(value) else { throw Self.fault(name) }
            until = time
        case "WKST":
            guard let day = Self.weekday(value) else { throw Self.fault(name) }
            weekStart = day
        case "BYDAY": days = Set(try Self.days(value))
        case "BYMONTH": months = Set(try Self.numbers(name, value, 1...12, isSigned: false))
        case "BYWEEKNO": weeks = Set(try Self.numbers(name, value, 1...53))
        case "BYYEARDAY": yearDays = Set(try Self.numbers(name, value, 1...366))
        case "BYMONTHDAY": monthDays = Set(try Self.numbers(name, value, 1...31))
        case "BYSETPOS": positions = try Self.numbers(name, value, 1...366)
        case "BYHOUR": hours = try Self.numbers(name, value, 0...23, isSigned: false)
        case "BYMINUTE": minutes = try Self.numbers(name, value, 0...59, isSigned: false)
        case "BYSECOND":
            seconds = try Self.numbers(name, value, 0...60, isSigned: false).map { min($0, 59) }
        case "RSCALE" where value != "GREGORIAN":
            throw Fault(reason: "the rule counts by the calendar \(Self.quoted(value))")
        case "SKIP" where value != "OMIT":
            throw Fault(reason: "the rule moves days that a month does not have")
        default: break
        }
    }

    private func check() throws(Fault) {
        let hasOrdinals = days.contains { $0.ordinal != nil }
        guard !hasOrdinals || frequency == .monthly || frequency == .yearly && weeks.isEmpty else {
            throw Fault(reason: "the rule counts weekdays of neither a month nor a year")
        }
        guard weeks.isEmpty || frequency == .yearly else {
            throw Fault(reason: "the rule names weeks of a year without being yearly")
        }
    }

    private static func days(_ value: String) throws(Fault) -> [Day] {
        var days: [Day] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let weekday = weekday(part.suffix(2)) else { throw fault("BYDAY") }
            let number = part.dropLast(2)
            if number.isEmpty {
                days.append(Day(ordinal: nil, weekday: weekday))
            } else {
                let ordinals = try numbers("BYDAY", String(number), 1...53)
                days.append(contentsOf: ordinals.map { Day(ordinal: $0, weekday: weekday) })
            }
        }
        return days
    }

    private static func numbers(
        _ name: String, _ value: String, _ range: ClosedRange<Int>, isSigned: Bool = true
    ) throws(Fault) -> [Int] {
        var numbers: [Int] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            let isNegative = part.first == "-"
            let digits = isNegative || part.first == "+" ? part.dropFirst() : part
            guard !isNegative || isSigned, let number = Digits.value(digits),
                range.contains(number)
            else { throw fault(name) }
            let signed = isNegative ? -number : number
            if !numbers.contains(signed) { numbers.append(signed) }
        }
        return numbers.sorted()
    }

    private static func weekday(_ text: some StringProtocol) -> Weekday? {
        let codes = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        return codes.firstIndex { $0 == text }.map { Weekday.allCases[$0] }
    }

    private static func fault(_ name: String) -> Fault {
        Fault(reason: "the rule's \(name) cannot be read")
    }

    private static func quoted(_ word: String) -> String {
        word.count <= 20 ? "\"\(word)\"" : "\"\(word.prefix(19))…\""
    }
}

import Foundation
import Testing

@testable import SyncClient

/// The rules by which times come again.
@Suite struct RecurrenceTests {
    /// A rule and what another implementation makes of it; `scripts/recurrence-vectors` writes them.
    private struct Vector: Decodable {
        let zone: String
        let start: String
        let `repeat`: String
        let every: Int
        let on: String
        let count: Int?
        let until: String?
        let starts: [String]
    }

    private static func vectors() throws -> [Vector] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/recurrences.json")
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))
    }

    private static func rule(_ vector: Vector) throws -> Recurrence {
        let end: Recurrence.End
        if let count = vector.count {
            end = .count(count)
        } else {
            end = .day(try CalendarDay(text: try #require(vector.until)))
        }
        return Recurrence(
            frequency: try #require(Recurrence.Frequency(rawValue: vector.repeat)),
            interval: vector.every,
            weekdays: Set(vector.on.split(separator: ",").compactMap { Weekday(text: $0) }),
            end: end)
    }

    /// In nine zones, four hundred rules, many of them across a night in which clocks change.
    @Test func rulesGiveWhatPythonsDateutilGives() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count == 400)
        for vector in vectors {
            let clock = WallClock(timeZone: try #require(TimeZone(identifier: vector.zone)))
            let words = vector.start.split(separator: " ")
            let first = try CalendarDay(text: words[0])
            let time = try #require(try TimeOfDay(text: words[1]))
            let days = try Self.rule(vector).days(from: first)
            let starts = clock.instants(of: days, millisecondOfDay: time.millisecondOfDay)
            #expect(starts.map { RFC3339.string($0) } == vector.starts, "\(vector)")
        }
    }

    @Test func rulesAreWrittenAsTheStandardHasThem() throws {
        let last = try CalendarDay(text: "2027-03-01")
        let weekly = Recurrence(
            frequency: .weekly, interval: 1, weekdays: [.wednesday, .monday], end: .count(8))
        let daily = Recurrence(frequency: .daily, interval: 3, weekdays: [], end: .day(last))
        #expect(weekly.text == "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8")
        #expect(daily.text == "FREQ=DAILY;INTERVAL=3;UNTIL=20270301")
        #expect(weekly.words == "every week on Mon, Wed, 8 times")
        #expect(daily.words == "every 3 days, until 2027-03-01")
    }

    @Test func rulesAreReadBack() throws {
        for vector in try Self.vectors() {
            let rule = try Self.rule(vector)
            #expect(Recurrence(text: rule.text) == rule)
        }
        for text in [
            "", "FREQ=MONTHLY;COUNT=2", "FREQ=DAILY", "FREQ=DAILY;COUNT=2;UNTIL=20270301",
            "FREQ=DAILY;COUNT=2;BYHOUR=3", "FREQ=DAILY;UNTIL=20270230", "FREQ=DAILY;COUNT=x",
            "FREQ=WEEKLY;BYDAY=XX;COUNT=2", "FREQ=DAILY;FREQ=DAILY;COUNT=2",
        ] { #expect(Recurrence(text: text) == nil, "\(text)") }
    }

    /// Rules that name no day, or too many, end.
    @Test func everyRuleEnds() throws {
        let monday = try CalendarDay(text: "2027-03-01")
        func count(
            _ interval: Int, _ weekdays: Set<Weekday>, _ end: Recurrence.End
        ) -> Int {
            Recurrence(frequency: .daily, interval: interval, weekdays: weekdays, end: end)
                .days(from: monday).count
        }
        #expect(count(7, [.tuesday], .count(3)) == 0)
        #expect(count(1, [], .day(.last)) == Recurrence.occurrencesMax + 1)
        #expect(count(1, [], .count(Recurrence.occurrencesMax)) == Recurrence.occurrencesMax)
        #expect(
            Recurrence(frequency: .weekly, interval: 1, weekdays: [], end: .day(.last))
                .days(from: .last) == [.last])
    }
}

import Foundation
import Testing

@testable import SyncClient

/// Saturday 2026-11-21, 12:00 in Zurich.
private let noonInNovember: Int64 = 1_795_258_800_000

private func zone(_ identifier: String) throws -> TimeZone {
    try #require(TimeZone(identifier: identifier))
}

private func parse(
    _ text: String, zone identifier: String = "Europe/Zurich", now: Int64 = noonInNovember,
    dayMeans edge: TimeInput.DayEdge = .start
) throws -> String {
    let input = TimeInput(now: now, timeZone: try zone(identifier))
    return RFC3339.string(try input.parse(text, dayMeans: edge))
}

private func failure(_ perform: () throws -> Void) -> CommandFailure? {
    do {
        try perform()
        return nil
    } catch {
        return error as? CommandFailure
    }
}

@Suite struct InputTimeInputTests {
    @Test(arguments: [
        ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"),
        ("2026-12-01t10:00:00z", "2026-12-01T10:00:00Z"),
        ("2026-12-01T10:00:00+01:00", "2026-12-01T09:00:00Z"),
        ("2026-12-01T10:00:00-03:30", "2026-12-01T13:30:00Z"),
        ("2026-12-01 10:00:00-00:00", "2026-12-01T10:00:00Z"),
        ("2026-12-01T10:00Z", "2026-12-01T10:00:00Z"),
        ("2026-12-01T10:00:00.5Z", "2026-12-01T10:00:00.500Z"),
        ("2026-12-01T10:00:00.123999Z", "2026-12-01T10:00:00.123Z"),
        ("1969-12-31T23:59:59.001Z", "1969-12-31T23:59:59.001Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("1660-01-01T12:00:00Z", "1660-01-01T12:00:00Z"),
    ])
    func rfc3339IsRead(text: String, expected: String) throws {
        #expect(try parse(text) == expected)
    }

    @Test(arguments: [
        ("2026-12-01 10:00", "2026-12-01T09:00:00Z"),
        ("2026-12-01T10:00", "2026-12-01T09:00:00Z"),
        ("2026-12-01 9:05", "2026-12-01T08:05:00Z"),
        ("2026-12-01 10:00:30", "2026-12-01T09:00:30Z"),
        ("  2026-12-01   10:00  ", "2026-12-01T09:00:00Z"),
        ("2026-07-01 10:00", "2026-07-01T08:00:00Z"),
        ("2026-12-01", "2026-11-30T23:00:00Z"),
        ("now", "2026-11-21T11:00:00Z"),
        ("today", "2026-11-20T23:00:00Z"),
        ("TODAY 18:00", "2026-11-21T17:00:00Z"),
        ("today 9:00", "2026-11-21T08:00:00Z"),
        ("tomorrow", "2026-11-21T23:00:00Z"),
        ("tomorrow 9:00", "2026-11-22T08:00:00Z"),
        ("yesterday", "2026-11-19T23:00:00Z"),
        ("yesterday 23:59", "2026-11-20T22:59:00Z"),
        ("18:00", "2026-11-21T17:00:00Z"),
        ("10:00", "2026-11-22T09:00:00Z"),
        ("12:00", "2026-11-22T11:00:00Z"),
        ("fri 10:00", "2026-11-27T09:00:00Z"),
        ("Friday 10:00", "2026-11-27T09:00:00Z"),
        ("sat 18:00", "2026-11-21T17:00:00Z"),
        ("sat 12:00", "2026-11-28T11:00:00Z"),
        ("sat 10:00", "2026-11-28T09:00:00Z"),
        ("thurs 10:00", "2026-11-26T09:00:00Z"),
        ("sat", "2026-11-27T23:00:00Z"),
        ("sun", "2026-11-21T23:00:00Z"),
    ])
    func localTimesAreRead(text: String, expected: String) throws {
        #expect(try parse(text) == expected)
    }

    @Test(arguments: [
        ("+2h", "2026-11-21T13:00:00Z"), ("+3d", "2026-11-24T11:00:00Z"),
        ("+1h30m", "2026-11-21T12:30:00Z"), ("-2d", "2026-11-19T11:00:00Z"),
        ("+90s", "2026-11-21T11:01:30Z"), ("+1w", "2026-11-28T11:00:00Z"),
        ("+1d2h", "2026-11-22T13:00:00Z"), ("-45m", "2026-11-21T10:15:00Z"),
        ("+0m", "2026-11-21T11:00:00Z"), ("+2H", "2026-11-21T13:00:00Z"),
    ])
    func relativeTimesAreRead(text: String, expected: String) throws {
        #expect(try parse(text) == expected)
    }

    @Test func relativeDaysKeepTheTimeOfDayWhenClocksChange() throws {
        // Saturday 2026-03-28, 12:00 in Zurich; the clocks change in the night.
        let now: Int64 = 1_774_695_600_000
        #expect(try parse("now", now: now) == "2026-03-28T11:00:00Z")
        #expect(try parse("+1d", now: now) == "2026-03-29T10:00:00Z")
        #expect(try parse("+24h", now: now) == "2026-03-29T11:00:00Z")
    }

    @Test(arguments: [
        // Clocks go from 02:00 to 03:00; what they skip shifts forward by an hour.
        ("2026-03-29 01:59", "2026-03-29T00:59:00Z"), ("2026-03-29 02:00", "2026-03-29T01:00:00Z"),
        ("2026-03-29 02:30", "2026-03-29T01:30:00Z"), ("2026-03-29 03:00", "2026-03-29T01:00:00Z"),
        // Clocks go from 03:00 back to 02:00; of the repeated hour the first counts.
        ("2026-10-25 01:59", "2026-10-24T23:59:00Z"), ("2026-10-25 02:00", "2026-10-25T00:00:00Z"),
        ("2026-10-25 02:59", "2026-10-25T00:59:00Z"), ("2026-10-25 03:00", "2026-10-25T02:00:00Z"),
    ])
    func clockChangesInZurichShiftForwardOrTakeTheFirst(text: String, expected: String) throws {
        #expect(try parse(text) == expected)
    }

    @Test(arguments: [
        // The island skipped this whole Friday.
        ("2011-12-30 12:00", "Pacific/Apia", "2011-12-30T22:00:00Z"),
        // Half an hour only.
        ("2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z"),
        ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),
        ("2026-12-01 10:00", "Asia/Kathmandu", "2026-12-01T04:15:00Z"),
        ("2026-12-01 10:00", "America/New_York", "2026-12-01T15:00:00Z"),
        ("2026-03-08 02:30", "America/New_York", "2026-03-08T07:30:00Z"),
        ("2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00Z"),
        ("2026-12-01 10:00", "GMT", "2026-12-01T10:00:00Z"),
        // Local mean time, before there was a standard time.
        ("1660-01-01 12:00", "Europe/Zurich", "1660-01-01T11:25:52Z"),
    ])
    func otherZonesAreRead(text: String, zone: String, expected: String) throws {
        #expect(try parse(text, zone: zone) == expected)
    }

    @Test(arguments: [
        ("2026-12-01", "2026-12-01T22:59:59Z"), ("today", "2026-11-21T22:59:59Z"),
        ("sat", "2026-11-21T22:59:59Z"), ("2026-10-25", "2026-10-25T22:59:59Z"),
        ("2026-12-01 10:00", "2026-12-01T09:00:00Z"),
    ])
    func aDayMayMeanItsEnd(text: String, expected: String) throws {
        #expect(try parse(text, dayMeans: .end) == expected)
    }

    @Test func theLastDayHasAnEnd() throws {
        let text = try parse("9999-12-31", zone: "GMT", dayMeans: .end)
        #expect(text == "9999-12-31T23:59:59Z")
    }

    @Test(arguments: [
        "", " ", "soon", "at noon today", "2026-12-01 noon", "2026-12-01 10", "2026-12-1 10:00",
        "26-12-01", "2026/12/01", "20261201", "2026-12-01T10:00+0100", "2026-12-01T10:00:00.Z",
        "2026-12-01T9:00Z", "2026-12-01T10:00ZZ", "2026-12-01T10:00+24:00", "+", "-", "+3", "+3y",
        "+m", "+1m1h", "+1h1h", "+1.5h", "2h", "10:0", "10:00Z", "today 10:00Z", "fr", "fri 10",
        "friday the 13th", "٢٠٢٦-١٢-٠١", "-2026-12-01", "2026-12-01-", "10:00:", "\u{1B}[2J",
    ])
    func otherTextsAreNoTimes(text: String) {
        let failure = failure { _ = try parse(text) }
        #expect(failure?.exitCode == 64)
        #expect(failure?.code == "invalidTime")
        #expect(failure?.message == "\"\(text)\" is not a time.")
    }

    @Test func theSentencesOfWrongTimesAreThese() {
        let examples =
            "Hint: Write a time like \"2026-12-01 10:00\", \"tomorrow 9:00\", \"fri 10:00\", +2h "
            + "or 2026-12-01T10:00:00+01:00.\n"
        let texts: [(String, String)] = [
            ("soon", "Error: \"soon\" is not a time.\n" + examples),
            (
                "0000-01-01 10:00",
                "Error: \"0000-01-01\" lies outside the years 0001 to 9999.\n"
                    + "Hint: Write a date like 2026-12-01, today or yesterday.\n"
            ),
            (
                "0001-01-01T00:00:00+01:00",
                "Error: \"0001-01-01T00:00:00+01:00\" lies outside the years 0001 to 9999.\n"
                    + examples
            ),
            ("+9999999d", "Error: \"+9999999d\" lies outside the years 0001 to 9999.\n" + examples),
            (
                "2026-12-01 25:00",
                "Error: \"25:00\" is not a time of day.\n"
                    + "Hint: Times of day run from 0:00 to 23:59, "
                    + "as in \"tomorrow 9:00\" or 17:30.\n"
            ),
            (
                "2026-02-29 10:00",
                "Error: \"2026-02-29\" names a day that does not exist.\n"
                    + "Hint: That month has 28 days; write a date like 2026-12-01.\n"
            ),
            (
                "2026-13-01",
                "Error: \"2026-13-01\" names a month that does not exist.\n"
                    + "Hint: Write year, month and day in this order, as in 2026-12-01.\n"
            ),
            (
                String(repeating: "x", count: 50),
                "Error: \"\(String(repeating: "x", count: 39))…\" is not a time.\n" + examples
            ),
        ]
        for (text, expected) in texts {
            let failure = failure { _ = try parse(text) }
            #expect(failure?.kind == .usage)
            #expect(failure?.text.plain == expected)
        }
    }

    @Test(arguments: ["24:00", "10:60", "99:99", "2026-12-01T10:00:60Z", "2026-12-01 23:59:60"])
    func hoursAndMinutesHaveBounds(text: String) {
        #expect(failure { _ = try parse(text) }?.message.hasSuffix("is not a time of day.") == true)
    }
}

@Suite struct InputDateInputTests {
    private func parse(_ text: String, now: Int64 = noonInNovember) throws -> String {
        try DateInput(now: now, timeZone: zone("Europe/Zurich")).parse(text)
    }

    @Test(arguments: [
        ("2026-12-01", "2026-12-01"), ("1660-01-01", "1660-01-01"), ("0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31"), ("2024-02-29", "2024-02-29"), ("1600-02-29", "1600-02-29"),
        ("1582-10-10", "1582-10-10"), (" today ", "2026-11-21"), ("Yesterday", "2026-11-20"),
        ("tomorrow", "2026-11-22"), ("-3d", "2026-11-18"), ("+2w", "2026-12-05"),
    ])
    func datesAreRead(text: String, expected: String) throws {
        #expect(try parse(text) == expected)
    }

    @Test func todayFollowsTheTimeZone() throws {
        // 23:30 UTC is already the next day in Zurich.
        #expect(try parse("today", now: 1_795_303_800_000) == "2026-11-22")
    }

    @Test(arguments: [
        ("", "\"\" is not a date."), ("soon", "\"soon\" is not a date."),
        ("2026-12-01 10:00", "\"2026-12-01 10:00\" is not a date."),
        ("+2h", "\"+2h\" is not a date."), ("2026-1-1", "\"2026-1-1\" is not a date."),
        ("1900-02-29", "\"1900-02-29\" names a day that does not exist."),
        ("2026-04-31", "\"2026-04-31\" names a day that does not exist."),
        ("2026-00-10", "\"2026-00-10\" names a month that does not exist."),
        ("0000-12-31", "\"0000-12-31\" lies outside the years 0001 to 9999."),
        ("-9999999d", "\"-9999999d\" lies outside the years 0001 to 9999."),
    ])
    func otherTextsAreNoDates(text: String, message: String) {
        let failure = failure { _ = try parse(text) }
        #expect(failure?.message == message)
        #expect(failure?.code == "invalidDate")
        #expect(failure?.exitCode == 64)
    }

    @Test func everyDayComesBackFromItsNumber() throws {
        var day = CalendarDay.first
        var count = 1
        while let next = day.adding(days: 1) {
            // Three million expectations would take long; one that fails is enough.
            let follows = next.day == 1 || (next.month == day.month && next.day == day.day + 1)
            let again = try CalendarDay(year: next.year, month: next.month, day: next.day)
            guard follows, again.daysSince1970 == next.daysSince1970 else {
                Issue.record("\(next.text) does not follow \(day.text)")
                return
            }
            day = next
            count += 1
        }
        #expect(day == .last)
        #expect(count == 3_652_059)
    }

    @Test func weekdaysAreRight() throws {
        #expect(try CalendarDay(text: "1970-01-01").weekday == .thursday)
        #expect(try CalendarDay(text: "2026-12-04").weekday == .friday)
        #expect(try CalendarDay(text: "1969-12-28").weekday == .sunday)
        #expect(CalendarDay.first.weekday == .monday)
    }
}

@Suite struct InputDurationInputTests {
    @Test(arguments: [
        ("45m", 2_700_000), ("1h30m", 5_400_000), ("24h", 86_400_000), ("7d", 604_800_000),
        ("90s", 90_000), (" 1D ", 86_400_000), ("1w", 604_800_000), ("366d", 31_622_400_000),
        ("1h0m1s", 3_601_000),
    ])
    func durationsAreRead(text: String, expected: Int64) throws {
        #expect(try DurationInput().parse(text) == expected)
    }

    @Test(arguments: [
        ("", "\"\" is not a duration."), ("45", "\"45\" is not a duration."),
        ("-5m", "\"-5m\" is not a duration."), ("+5m", "\"+5m\" is not a duration."),
        ("1.5h", "\"1.5h\" is not a duration."), ("30m1h", "\"30m1h\" is not a duration."),
        ("1h 30m", "\"1h 30m\" is not a duration."), ("5min", "\"5min\" is not a duration."),
        ("99999999h", "\"99999999h\" is not a duration."),
        ("0m", "\"0m\" is not between 1s and 366d."),
        ("367d", "\"367d\" is not between 1s and 366d."),
    ])
    func otherTextsAreNoDurations(text: String, message: String) {
        let failure = failure { _ = try DurationInput().parse(text) }
        #expect(failure?.message == message)
        #expect(failure?.exitCode == 64)
        #expect(failure?.hint?.contains("45m, 1h30m, 24h or 7d") == true)
    }

    @Test func boundsOfACommandHold() throws {
        let input = DurationInput(bounds: 300_000...28_800_000)
        #expect(try input.parse("5m") == 300_000)
        #expect(try input.parse("8h") == 28_800_000)
        let message = failure { _ = try input.parse("4m") }?.message
        #expect(message == "\"4m\" is not between 5m and 8h.")
    }
}

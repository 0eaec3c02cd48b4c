import Foundation
import Testing

@testable import SyncClient

/// Times, zones and the parts of a series in calendar files.
@Suite struct CalendarSeriesTests {
    private typealias Content = CalendarContentTests

    private static func times(
        _ lines: String..., start: String = "20260701T100000Z", zone: String = "Europe/Berlin"
    ) throws -> [String] {
        let event = Content.event(lines.joined(separator: "\n"), start: start)
        let content = try Content.read(Content.file(event), zone: zone)
        #expect(content.failures.isEmpty)
        return content.series.flatMap(\.occurrences).sorted { $0.start < $1.start }
            .map { RFC3339.string($0.start) }
    }

    @Test func timesAreReadAsTheyAreMeant() {
        #expect(CalendarTime("20260701T100000") == CalendarTime("2026-07-01T10:00:00"))
        #expect(CalendarTime("20260701T1000Z") == CalendarTime("20260701T100000z"))
        #expect(CalendarTime("20260701T240000") == CalendarTime("20260702T000000"))
        #expect(CalendarTime("20260701T235960") == CalendarTime("20260701T235959"))
        #expect(CalendarTime("20260701T000000", isDay: true) == CalendarTime("20260701"))
        for text in [
            "", "T", "2026", "20260732", "20261301", "00000101", "20260701T", "20260701T25",
            "20260701T246000", "20260701T100061", "20260701T1000000", "９９９９0101",
        ] { #expect(CalendarTime(text) == nil, "\(text)") }
    }

    @Test func lengthsAreReadAsTheyAreMeant() {
        func length(_ text: String) -> [Int64]? {
            CalendarDuration(text).map { [Int64($0.days), $0.milliseconds / 1_000] }
        }
        #expect(length("P1W") == [7, 0])
        #expect(length("p1dt1h30m5s") == [1, 5_405])
        #expect(length("+PT90M") == [0, 5_400])
        #expect(length("-P1D") == [-1, 0])
        #expect(length("PT0S") == [0, 0])
        for text in [
            "", "P", "PT", "1H", "PT1D", "P1H", "PT-1H", "P99999999999D", "PT1H1", "PTT1H",
        ] {
            #expect(length(text) == nil, "\(text)")
        }
    }

    /// 25 hours in autumn, 23 in spring.
    @Test func allDayEventsGoFromMidnightToMidnight() throws {
        for (day, hours) in [("20261025", 25), ("20270328", 23), ("20260701", 24)] {
            let content = try Content.read(
                Content.file("BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:\(day)\nEND:VEVENT"))
            let event = try #require(content.series.first?.occurrences.first)
            #expect((event.end - event.start) / 3_600_000 == Int64(hours), "\(day)")
            #expect(event.title == "Busy")
        }
    }

    @Test func zonesAreFoundByAllTheirNames() throws {
        for name in [
            "Europe/Berlin", "/citadel.org/20210210_1/Europe/Berlin", "W. Europe Standard Time",
            "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "\"Europe/Berlin\"",
        ] {
            let found = try Self.times(
                "RDATE;TZID=\(name):20260801T120000", start: "20260701T100000Z", zone: "Asia/Tokyo")
            #expect(found.last == "2026-08-01T10:00:00Z", "\(name)")
        }
        let three = CalendarZone.named("/softwarestudio.org/x/America/Argentina/Salta")
        #expect(three?.offsetSeconds(at: 0) == -10_800)
        #expect(CalendarZone.named("UTC")?.offsetSeconds(at: 0) == 0)
        for name in ["", "IST", "Mars/Olympus", "(UTC+01:00) Berlin", "/"] {
            #expect(CalendarZone.named(name) == nil, "\(name)")
        }
        let content = try Content.read(
            Content.file(
                "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Mars/Olympus:20260701T120000\nEND:VEVENT"))
        #expect(content.series[0].occurrences.map(\.start) == [1_782_900_000_000])
        #expect(
            content.notes == [
                CalendarFile.Remark(
                    line: 5,
                    reason: "The time zone \"Mars/Olympus\" is unknown; its times were read as "
                        + "yours.")
            ])
    }

    @Test func everyNameOfWindowsIsAZone() throws {
        for name in [
            "Pacific Standard Time", "AUS Central Standard Time", "Line Islands Standard Time",
        ] {
            #expect(CalendarZone.named(name) != nil, "\(name)")
        }
        #expect(WindowsZones.names.count > 130)
        for name in WindowsZones.names { #expect(CalendarZone.named(name) != nil, "\(name)") }
    }

    /// A time that a clock skips moves on by an hour, of one that it shows twice the first counts,
    /// in the file's own zones as in those of the world.
    @Test func describedZonesChangeAsTheirRulesSay() throws {
        let zone = """
            BEGIN:VTIMEZONE
            TZID:Here
            BEGIN:DAYLIGHT
            DTSTART:20000326T020000
            RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
            TZOFFSETFROM:+0100
            TZOFFSETTO:+0200
            END:DAYLIGHT
            BEGIN:STANDARD
            DTSTART:20001029T030000
            RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
            TZOFFSETFROM:+0200
            TZOFFSETTO:+0100
            END:STANDARD
            END:VTIMEZONE
            """
        let days = [
            "20270327T023000", "20270328T023000", "20270328T031500", "20270329T023000",
            "20261025T031500", "20261026T023000",
        ].joined(separator: ",")
        let expected = [
            "2026-10-25T00:30:00Z", "2026-10-25T02:15:00Z", "2026-10-26T01:30:00Z",
            "2027-03-27T01:30:00Z", "2027-03-28T01:15:00Z", "2027-03-28T01:30:00Z",
            "2027-03-29T00:30:00Z",
        ]
        for name in ["Here", "Europe/Berlin"] {
            let event =
                "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=\(name):20261025T023000\nDURATION:PT1H\n"
                + "RDATE;TZID=\(name):\(days)\nEND:VEVENT"
            let content = try Content.read(Content.file(zone, event), zone: "Asia/Tokyo")
            let found = content.series[0].occurrences.map { RFC3339.string($0.start) }
            #expect(found == expected, "\(name)")
        }
    }

    @Test func exceptionsMayBeNamedInOtherWays() throws {
        let rule = "RRULE:FREQ=DAILY;COUNT=4"
        let berlin = "20260702T120000"
        for exception in [
            "EXDATE:20260702T100000Z", "EXDATE;TZID=Europe/Berlin:\(berlin)",
            "EXDATE;VALUE=DATE:20260702", "EXRULE:FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=2",
        ] {
            let rest = ["01", "03", "04"].map { "2026-07-\($0)T10:00:00Z" }
            #expect(try Self.times(rule, exception) == rest, "\(exception)")
        }
        #expect(try Self.times("RRULE:FREQ=DAILY;UNTIL=20260703").count == 3)
        #expect(try Self.times("RRULE:FREQ=DAILY;UNTIL=20260703T095959Z").count == 2)
    }

    @Test func changesOfOneAndAllAfterItMoveTheRest() throws {
        let change = Content.event(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260703T100000Z", start: "20260703T150000Z")
        let single = Content.event(
            "RECURRENCE-ID:20260704T100000Z", start: "20260710T080000Z")
        let content = try Content.read(
            Content.file(Content.event("RRULE:FREQ=DAILY;COUNT=5"), change, single))
        let found = content.series[0].occurrences.map { RFC3339.string($0.start) }.sorted()
        #expect(
            found == [
                "2026-07-01T10:00:00Z", "2026-07-02T10:00:00Z", "2026-07-03T15:00:00Z",
                "2026-07-05T15:00:00Z", "2026-07-10T08:00:00Z",
            ])
    }

    @Test func ofSeveralForOneTheNewestCounts() throws {
        let older = Content.event("SEQUENCE:2", "DTSTAMP:20260101T000000Z", "LOCATION:Old")
        let newer = Content.event("SEQUENCE:2", "DTSTAMP:20260201T000000Z", "LOCATION:New")
        for text in [Content.file(older, newer), Content.file(newer, older)] {
            let content = try Content.read(text)
            #expect(content.series.flatMap(\.occurrences).map(\.place) == ["New"])
            #expect(content.failures.count == 1)
        }
    }

    @Test func periodsHaveTheirOwnLength() throws {
        let content = try Content.read(
            Content.file(
                Content.event(
                    "RDATE;VALUE=PERIOD:20260801T100000Z/20260801T123000Z,20260802T100000Z/PT5M")))
        let minutes = content.series[0].occurrences.map { ($0.end - $0.start) / 60_000 }
        #expect(minutes == [60, 150, 5])
    }

    @Test func withdrawnCalendarsAndEventsGiveNothing() throws {
        let cancelled = try Content.read(Content.file(Content.event("STATUS:CANCELLED")))
        #expect(cancelled.series[0].isWhole && cancelled.series[0].occurrences.isEmpty)
        let withdrawn = try Content.read(Content.file("METHOD:CANCEL", Content.event()))
        #expect(withdrawn.series[0].isWhole && withdrawn.series[0].occurrences.isEmpty)
        // A change of an occurrence alone says nothing of the others.
        let alone = try Content.read(
            Content.file(Content.event("RECURRENCE-ID:20260704T100000Z")))
        #expect(!alone.series[0].isWhole && alone.series[0].occurrences.count == 1)
    }
}

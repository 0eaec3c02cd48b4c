import Foundation
@testable import Replica
@testable import SyncClient

extension Decoder {
    /// Calendar files that people import.
    static let calendars: [Decoder] = [
        Decoder("calendar", byteCountMax: 3072, seeds: { _ in samples.map { Array($0.utf8) } }) {
            bytes in
            let events = occurrences(in: bytes, zone: zones[bytes.count % zones.count])
            precondition(
                events.allSatisfy {
                    $0.start < $0.end && $0.start < window.upperBound && $0.end > window.lowerBound
                }, "An event lies in the time that was asked for.")
            let written = CalendarText(named: "fuzz", events: events.enumerated().map(event)).text
            let again = occurrences(in: Array(written.utf8), zone: zones[0])
            precondition(
                events.map(\.start) == again.map(\.start) && events.map(\.end) == again.map(\.end),
                "An event has the same time after writing and reading it.")
        }
    ]

    /// Three months; a longer time gives more of the same.
    private static let window: Range<Int64> = 1_790_812_800_000..<1_798_761_600_000

    private static func occurrences(
        in bytes: [UInt8], zone: TimeZone
    ) -> [CalendarSeries.Occurrence] {
        CalendarContent(CalendarFile(Data(bytes)), in: window, home: WallClock(timeZone: zone))
            .series.flatMap(\.occurrences)
    }

    private static func event(
        _ index: Int, _ occurrence: CalendarSeries.Occurrence
    ) -> CalendarText.Event {
        CalendarText.Event(
            uid: "\(index)", start: occurrence.start, end: occurrence.end, changed: 0, sequence: 0,
            title: occurrence.title, place: occurrence.place, details: occurrence.details,
            status: .confirmed, isBusy: !occurrence.isFree)
    }

    private static let zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]
        .compactMap { TimeZone(identifier: $0) }

    private static let samples = [
        """
        BEGIN:VCALENDAR
        VERSION:2.0
        BEGIN:VTIMEZONE
        TZID:Here
        BEGIN:DAYLIGHT
        TZOFFSETFROM:+0100
        TZOFFSETTO:+0200
        DTSTART:19700329T020000
        RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
        END:DAYLIGHT
        BEGIN:STANDARD
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0100
        DTSTART:19701025T030000
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:1
        SEQUENCE:1
        DTSTART;TZID=Here:20261005T180000
        DTEND;TZID=Here:20261005T193000
        RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20261215T225959Z;BYDAY=MO,WE
        EXDATE;TZID=Here:20261012T180000
        RDATE;VALUE=PERIOD:20261101T100000Z/PT2H
        SUMMARY:Choir\\, with a
          fold
        END:VEVENT
        BEGIN:VEVENT
        UID:1
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Here:20261026T180000
        DTSTART;TZID=Here:20261027T190000
        DURATION:P1DT2H
        STATUS:CONFIRMED
        END:VEVENT
        END:VCALENDAR
        """,
        """
        BEGIN:VCALENDAR
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20261224
        DTEND;VALUE=DATE:20261227
        RRULE:FREQ=YEARLY;BYWEEKNO=52;BYDAY=TH;BYSETPOS=-1;COUNT=3
        TRANSP:TRANSPARENT
        BEGIN:VALARM
        TRIGGER:-P0DT0H30M0S
        END:VALARM
        END:VEVENT
        END:VCALENDAR
        """,
    ]
}

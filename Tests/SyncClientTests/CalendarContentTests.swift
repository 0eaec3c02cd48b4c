import Foundation
import Testing

@testable import SyncClient

/// What is read of calendar files, and how much of broken ones.
@Suite struct CalendarContentTests {
    static func file(_ lines: String..., end: String = "\r\n") -> String {
        (["BEGIN:VCALENDAR", "VERSION:2.0"] + lines + ["END:VCALENDAR", ""])
            .joined(separator: "\n").replacing("\n", with: end)
    }

    /// An event of an hour, with what is said of it besides.
    static func event(_ lines: String..., uid: String = "1", start: String = "20260701T100000Z")
        -> String
    {
        (["BEGIN:VEVENT", "UID:\(uid)", "DTSTART:\(start)", "DURATION:PT1H", "SUMMARY:Talk"] + lines
            + ["END:VEVENT"]).joined(separator: "\n")
    }

    static func read(
        _ data: Data, zone: String = "Europe/Berlin", from: String = "20260101",
        until: String = "20290101"
    ) throws -> CalendarContent {
        let home = WallClock(timeZone: try #require(TimeZone(identifier: zone)))
        return CalendarContent(
            CalendarFile(data),
            in: try CalendarRuleTests.wall(from)..<CalendarRuleTests.wall(until), home: home)
    }

    static func read(_ text: String, zone: String = "Europe/Berlin") throws -> CalendarContent {
        try read(Data(text.utf8), zone: zone)
    }

    static func resource(_ name: String) throws -> Data {
        try Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "Resources/\(name)"))
    }

    private static func lines(_ content: CalendarContent) -> [String] {
        content.series.flatMap(\.occurrences).sorted { $0.start < $1.start }.map {
            let free = $0.isFree ? " free" : ""
            return "\(RFC3339.string($0.start)) \(($0.end - $0.start) / 60_000) \($0.title)\(free)"
        }
    }

    // MARK: Files as programs write them

    @Test func filesOfManyProgramsAreRead() throws {
        let expected = [
            "google": [
                "2026-10-05T16:00:00Z 90 Choir", "2026-10-19T16:00:00Z 90 Choir",
                "2026-10-27T18:00:00Z 90 Choir (Tuesday this time)",
                "2026-11-02T17:00:00Z 90 Choir", "2026-11-09T17:00:00Z 90 Choir",
                "2026-12-23T23:00:00Z 4320 Away free",
            ],
            "outlook": [
                "2026-10-01T12:00:00Z 60 Monatsrunde",
                "2026-11-02T17:00:00Z 30 Call with Seattle free",
                "2026-11-05T13:00:00Z 60 Monatsrunde", "2026-12-03T13:00:00Z 60 Monatsrunde",
            ],
            "apple": [
                "2026-06-30T22:00:00Z 1440 Birthday of Carla 🎂 free",
                "2026-10-31T03:30:00Z 1 Take the tablets free",
                "2026-11-01T03:30:00Z 1 Take the tablets free",
                "2026-11-02T04:30:00Z 1 Take the tablets free",
                "2026-11-03T04:30:00Z 1 Take the tablets free",
                "2027-06-30T22:00:00Z 1440 Birthday of Carla 🎂 free",
                "2028-06-30T22:00:00Z 1440 Birthday of Carla 🎂 free",
            ],
            "thunderbird": [
                "2026-10-15T06:00:00Z 45 Breakfast, wherever I am",
                "2026-10-20T16:00:00Z 120 Evening class",
                "2026-10-22T16:00:00Z 120 Evening class",
                "2026-10-27T17:00:00Z 120 Evening class",
                "2026-10-29T17:00:00Z 120 Evening class",
                "2026-11-20T17:00:00Z 120 Evening class",
            ],
            "nextcloud": [
                "2026-09-07T07:00:00Z 60 Stand-up, short", "2026-09-10T12:00:00Z 60 Perhaps lunch",
                "2026-10-05T07:00:00Z 60 Stand-up, short",
            ],
            // The file knows its zone for two years only.
            "khal": [
                "2026-10-24T21:00:00Z 480 Night train", "2028-07-01T08:00:00Z 60 Summer of 2028",
            ],
        ]
        for (program, events) in expected {
            let content = try Self.read(Self.resource("calendars/\(program).ics"))
            #expect(Self.lines(content) == events, "\(program)")
            #expect(content.failures.isEmpty && content.notes.isEmpty, "\(program)")
        }
        let choir = try Self.read(Self.resource("calendars/google.ics")).series[0].occurrences[0]
        #expect(choir.place == "Kirchgasse 3, Zürich")
        #expect(
            choir.details
                == "Bring the <b>new</b> scores, please.\n\nhttps://example.org/s?a=1;b=2")
    }

    /// Exceptions, further dates, moved occurrences, across nights in which clocks change.
    @Test func seriesAreWhatAnotherProgramFinds() throws {
        struct Vector: Decodable {
            let calendar: String
            let events: [[String]]
        }
        let vectors = try JSONDecoder().decode(
            [Vector].self, from: Self.resource("calendar-series.json"))
        #expect(vectors.count == 150)
        for vector in vectors {
            let content = try Self.read(vector.calendar)
            let found = content.series.flatMap(\.occurrences).map {
                [RFC3339.string($0.start), RFC3339.string($0.end), $0.title]
            }
            let sorted = found.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(sorted == vector.events, "\(vector.calendar)")
        }
    }

    // MARK: Lines

    @Test(arguments: ["\r\n", "\n", "\r"]) func linesEndInAnyWay(_ end: String) throws {
        let folded = Self.event("DESCRIPTION:one\n  two\n\tthree\n \n  four")
        let content = try Self.read("\u{FEFF}" + Self.file(folded, end: end))
        #expect(content.series.first?.occurrences.first?.details == "one twothree four")
        #expect(content.failures.isEmpty)
    }

    @Test func charactersMayBeCutByAFold() throws {
        let text = Data(Self.file(Self.event("LOCATION:Zürich")).utf8)
        let place = try #require(text.firstIndex(of: 0xC3)) + 1
        let cut = text[..<place] + Data("\r\n ".utf8) + text[place...]
        #expect(try Self.read(Data(cut)).series[0].occurrences[0].place == "Zürich")
        // A name, too.
        let name = try Self.read(Self.file(Self.event("LOCA\n TION:Here")))
        #expect(name.series[0].occurrences[0].place == "Here")
    }

    @Test func oldTextsAreReadAsWindowsWritesThem() throws {
        var data = Data(Self.file(Self.event("LOCATION:Z")).utf8)
        let place = try #require(data.range(of: Data("LOCATION:Z".utf8))).upperBound
        data.insert(contentsOf: [0xFC, 0x72, 0x69, 0x63, 0x68, 0x80], at: place)
        let content = try Self.read(data)
        #expect(content.series[0].occurrences[0].place == "Zürich€")
        #expect(
            content.notes.map(\.reason) == ["The text is not UTF-8; it was read as Windows-1252."])
        let wide = try #require(Self.file(Self.event("LOCATION:Zürich")).data(using: .utf16))
        #expect(try Self.read(wide).series[0].occurrences[0].place == "Zürich")
    }

    @Test func textsThatAreTooLongAreCut() throws {
        let long = String(repeating: "ä", count: 300_000)
        let content = try Self.read(
            Self.file(Self.event("LOCATION:\(long.prefix(5_000))", "DESCRIPTION:\(long)")))
        let event = content.series[0].occurrences[0]
        #expect(event.place?.utf8.count == 1_023 && event.place?.last == "…")
        #expect(event.details?.utf8.count == 8_191 && event.details?.last == "…")
        #expect(content.notes.isEmpty)
        let cut = try Self.read(Self.file(Self.event("LOCATION:\(long)")))
        #expect(cut.failures.map(\.reason) == ["The line is too long; it was left out."])
        #expect(cut.series[0].occurrences[0].place == nil)
    }

    // MARK: What is broken

    @Test func unreadableEventsAreListedAndOthersAreRead() throws {
        func broken(_ lines: String...) -> String {
            (["BEGIN:VEVENT", "UID:\(lines.joined())"] + lines + ["END:VEVENT"]).joined(
                separator: "\n")
        }
        let content = try Self.read(
            Self.file(
                broken("SUMMARY:no time"), broken("DTSTART:tomorrow"),
                broken("DTSTART:00000101T100000Z"), broken("DTSTART:999990101T100000"),
                broken("DTSTART:20260701T100000Z", "DTEND:20260701T090000Z"),
                broken("DTSTART:20260701T100000Z", "DURATION:-PT1H"),
                broken("DTSTART:20260701T100000Z", "DURATION:long"),
                broken("DTSTART:20260701T100000Z", "DTEND:late"),
                broken("DTSTART:20260701T100000Z", "RRULE:FREQ=DAILY;COUNT=x"),
                broken("DTSTART:20260701T100000Z", "RDATE:never"),
                broken("DTSTART:20260701T100000Z", "RRULE:FREQ=DAILY", "EXDATE:never"),
                broken("DTSTART:20260701T100000Z", "RRULE:FREQ=MINUTELY"), Self.event()))
        #expect(
            content.failures.map(\.reason)
                == [
                    "it does not say when it begins", "its beginning cannot be read",
                    "its beginning cannot be read", "its beginning cannot be read",
                    "it ends before it begins", "it ends before it begins",
                    "its length cannot be read", "its end cannot be read",
                    "the rule's COUNT cannot be read", "its further dates cannot be read",
                    "its exceptions cannot be read", "it comes more than 2000 times in that time",
                ].map { "The event was left out: \($0)." })
        #expect(content.failures.map(\.line).prefix(3) == [3, 7, 11])
        #expect(Self.lines(content) == ["2026-07-01T10:00:00Z 60 Talk"])
    }

    @Test func whatDoesNotEndIsListed() throws {
        let unended = Self.event(uid: "2").replacing("\nEND:VEVENT", with: "")
        let between = try Self.read(Self.file(unended, Self.event()))
        #expect(
            between.failures.map(\.reason)
                == ["The event that begins here has no end; it was left out."])
        #expect(Self.lines(between).count == 1)
        let alarm = Self.event("BEGIN:VALARM\nTRIGGER:-PT5M\nSUMMARY:Alarm")
        #expect(try Self.read(Self.file(alarm)).series[0].occurrences[0].title == "Talk")
        let stump = Self.file(Self.event(), unended).replacing("END:VCALENDAR\r\n", with: "")
        #expect(try Self.read(stump).failures.count == 1)
        let extra = try Self.read(Self.file("END:VEVENT", Self.event("no property", ":none", "=")))
        #expect(extra.failures.map(\.line) == [3, 9, 10, 11])
        #expect(Self.lines(extra).count == 1)
    }

    @Test func aFileOfNothingButFaultsIsBounded() throws {
        let nested = String(repeating: "BEGIN:VALARM\n", count: 5_000)
        let content = try Self.read(Self.file(nested, String(repeating: "x\n", count: 5_000)))
        #expect(content.failures.count == CalendarFile.remarksMax)
        #expect(content.failureCount > 9_000)
        let dates = (0..<11_000).map { _ in "20260801T100000Z" }.joined(separator: ",")
        let many = try Self.read(Self.file(Self.event("RDATE:\(dates)")))
        #expect(
            many.failures.map(\.reason)
                == ["The event was left out: it names more than 10000 dates."])
        #expect(CalendarFile(Data("just a text\nof lines".utf8)).isCalendar == false)
        #expect(CalendarFile(Data([0, 0, 0xFF, 0xFE, 10, 0])).failureCount == 0)
    }
}

import Foundation
import Model
import TestSupport
import Testing

@testable import SyncClient

/// `calendar import`, from the file to the events and back.
@Suite struct CalendarImportTests {
    private let programme: CommandHarness
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        ana = try await programme.home(of: "Ana", as: .participant)
    }

    private func `import`(
        _ events: String..., options: [String] = [], into home: MemberHome? = nil
    ) async throws -> JSONRead {
        let text = (["BEGIN:VCALENDAR"] + events + ["END:VCALENDAR", ""]).joined(separator: "\n")
        let result = await (home ?? ana).run(
            ["calendar", "import", "-", "--json"] + options, input: text)
        #expect(result.status == 0, "\(result.errors)")
        return try result.json
    }

    private func counts(_ report: JSONRead) -> [Int?] {
        ["imported", "updated", "deleted", "skipped", "kept"].map { report[$0].int }
    }

    private func events(_ home: MemberHome? = nil) async throws -> [String] {
        let list = try await (home ?? ana).json("event", "list", "--from", "2026-01-01")
        return list.items.map { "\($0["start"].string ?? "") \($0["title"].string ?? "")" }
    }

    private let weekly = CalendarContentTests.event(
        "RRULE:FREQ=WEEKLY;COUNT=3", start: "20260701T100000Z")

    /// What is booked stays, and whoever imports something beside it is told.
    @Test func meetingInTheTimeOfAnEventIsTold() async throws {
        let mara = try await programme.home(of: "Mara", as: .mentor)
        programme.hub.pair(mentor: mara.member, participant: ana.member)
        let made = try await mara.json("slot", "add", "2026-07-08T10:30Z", "--duration", "1h")
        let slot = try #require(RecordID(text: made["id"].string ?? ""))
        try await mara.sync()
        try await ana.sync()
        let booking = try #require(
            try await ana.json("booking", "request", slot.text)["id"].string)
        try await ana.sync()
        let id = try #require(RecordID(text: booking))
        programme.hub.rule(
            on: id, act: id, in: .pair(mentor: mara.member, participant: ana.member),
            state: .confirmed, slot: slot)
        try await ana.sync()
        func warning(_ event: String) async -> String {
            let text = ["BEGIN:VCALENDAR", event, "END:VCALENDAR", ""].joined(separator: "\n")
            return await ana.run(["calendar", "import", "-"], input: text).errors
        }
        #expect(await warning(weekly).contains("which stay: \(booking.prefix(8))"))
        // Nothing new, or nothing that takes time, is no news.
        #expect(!(await warning(weekly).contains("which stay")))
        let free = CalendarContentTests.event(
            "TRANSP:TRANSPARENT", uid: "2", start: "20260708T100000Z")
        #expect(!(await warning(free).contains("which stay")))
    }

    @Test func importingTwiceAddsNothing() async throws {
        let lunch = CalendarContentTests.event(
            "LOCATION:Here", "DESCRIPTION:More\\nof it", "TRANSP:TRANSPARENT", uid: "2",
            start: "20260710T100000Z")
        let report = try await self.import(weekly, lunch)
        #expect(counts(report) == [4, 0, 0, 0, 0])
        #expect(
            report.keys == [
                "imported", "updated", "deleted", "skipped", "kept", "from", "until", "elsewhere",
                "others", "failedCount", "failed", "notes",
            ])
        #expect(report["from"].string == "2026-05-02" && report["until"].string == "2027-06-01")
        #expect(counts(try await self.import(weekly, lunch)) == [0, 0, 0, 4, 0])
        #expect(
            try await events() == [
                "2026-07-01T10:00:00Z Talk", "2026-07-08T10:00:00Z Talk",
                "2026-07-10T10:00:00Z Talk", "2026-07-15T10:00:00Z Talk",
            ])
        let third = try await ana.json("event", "list")[2]
        #expect(third["place"].string == "Here" && third["details"].string == "More\nof it")
        #expect(third["free"].bool == true && third["end"].string == "2026-07-10T11:00:00Z")
        try await ana.sync()
        #expect(counts(try await self.import(weekly, lunch)) == [0, 0, 0, 4, 0])
        #expect(try await ana.json("status")["unsent"]["changes"].int == 0)
    }

    @Test func whatTheFileChangedIsChanged() async throws {
        _ = try await self.import(weekly)
        let changed = CalendarContentTests.event(
            "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260708T100000Z", "SEQUENCE:1", "LOCATION:There")
        let moved = CalendarContentTests.event(
            "RECURRENCE-ID:20260715T100000Z", "SEQUENCE:1", start: "20260716T120000Z")
        #expect(counts(try await self.import(changed, moved)) == [0, 2, 1, 0, 0])
        #expect(
            try await events() == ["2026-07-01T10:00:00Z Talk", "2026-07-16T12:00:00Z Talk"])
        #expect(try await ana.json("event", "list")[0]["place"].string == "There")
        // The file of before knows less, by its own account.
        #expect(counts(try await self.import(weekly)) == [1, 0, 0, 2, 0])
        let cancelled = CalendarContentTests.event("STATUS:CANCELLED", "SEQUENCE:2")
        #expect(counts(try await self.import(cancelled)) == [0, 0, 3, 0, 0])
        #expect(try await events().isEmpty)
    }

    @Test func anEventThatMovesFarIsFollowed() async throws {
        let one = CalendarContentTests.event()
        let later = CalendarContentTests.event(start: "20280701T100000Z")
        _ = try await self.import(one)
        let report = try await self.import(later)
        #expect(counts(report) == [0, 0, 1, 0, 0])
        #expect(report["elsewhere"].int == 1)
        let wider = ["--from", "2026-06-01", "--until", "2028-07-01"]
        #expect(counts(try await self.import(later, options: wider)) == [1, 0, 0, 0, 0])
        // Outside of the time that is asked for nothing is touched.
        let other = CalendarContentTests.event("RRULE:FREQ=YEARLY;COUNT=2")
        #expect(counts(try await self.import(other)) == [1, 0, 0, 0, 0])
        #expect(try await events().count == 2)
    }

    @Test func whatTheMemberChangedStays() async throws {
        _ = try await self.import(weekly)
        let list = try await ana.json("event", "list")
        let (first, last) = (list[0]["id"].string ?? "", list[2]["id"].string ?? "")
        try await ana.json("event", "edit", first, "--title", "My talk")
        try await ana.json("event", "edit", last, "--start", "2026-07-15 09:00")
        #expect(counts(try await self.import(weekly)) == [0, 0, 0, 3, 0])
        let renamed = weekly.replacing("SUMMARY:Talk", with: "SUMMARY:Speech\nLOCATION:Hall")
        // Of the first the place is new and the title hers; so it is with the time of the last.
        #expect(counts(try await self.import(renamed)) == [0, 3, 0, 0, 0])
        let later = renamed.replacing("DTSTART:20260701T10", with: "DTSTART:20260701T12")
        let mine = ["2026-07-01T10:00:00Z My talk", "2026-07-15T09:00:00Z Speech"]
        #expect(try await Set(events()).isSuperset(of: mine))
        // A series that was moved is another one; what she has changed is not thrown away.
        #expect(counts(try await self.import(later)) == [3, 0, 1, 0, 2])
        #expect(try await Set(events()).isSuperset(of: mine))
        let named = renamed.replacing("Speech", with: "Lecture")
        #expect(counts(try await self.import(named)) == [1, 1, 3, 0, 1])
    }

    @Test func undoTakesTheWholeImportBack() async throws {
        _ = try await self.import(weekly)
        try await ana.expect(.success, "undo")
        #expect(try await events().isEmpty)
        #expect(counts(try await self.import(weekly)) == [3, 0, 0, 0, 0])
    }

    @Test func twoLaptopsThatImportTheSameEndWithOne() async throws {
        try await ana.sync()
        let second = try await programme.furtherHome(of: ana)
        try await second.sync()
        _ = try await self.import(weekly)
        _ = try await self.import(weekly, into: second)
        for home in [ana, second, ana] { try await home.sync() }
        #expect(try await events().count == 6)
        #expect(counts(try await self.import(weekly)) == [0, 0, 3, 3, 0])
        for home in [ana, second] { try await home.sync() }
        #expect(try await events(second).count == 3)
        #expect(counts(try await self.import(weekly, into: second)) == [0, 0, 0, 3, 0])
    }

    @Test func timesWithoutAZoneAreTheMembersOwn() async throws {
        try await ana.json("profile", "set", "--time-zone", "America/New_York")
        let day = "BEGIN:VEVENT\nUID:d\nDTSTART;VALUE=DATE:20261101\nSUMMARY:Day\nEND:VEVENT"
        let floating = CalendarContentTests.event(start: "20261102T090000")
        _ = try await self.import(day, floating)
        #expect(
            try await events() == ["2026-11-01T04:00:00Z Day", "2026-11-02T14:00:00Z Talk"])
        #expect(try await ana.json("event", "list")[0]["end"].string == "2026-11-02T05:00:00Z")
        // Whoever moves takes them along.
        try await ana.json("profile", "set", "--time-zone", "Europe/Berlin")
        #expect(counts(try await self.import(day, floating)) == [0, 2, 0, 0, 0])
        #expect(
            try await events() == ["2026-10-31T23:00:00Z Day", "2026-11-02T08:00:00Z Talk"])
    }

    // MARK: Other calendars

    @Test func meetingsOfOneHomeAreEventsInAnother() async throws {
        let mentor = try await programme.home(of: "Mara", as: .mentor)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        for day in ["2027-03-27", "2027-03-28"] {
            try await mentor.json("slot", "add", "\(day) 10:00", "--duration", "45m")
        }
        try await mentor.sync()
        try await ana.sync()
        for slot in try await ana.json("slot", "list", "--free").items {
            try await ana.json(
                "booking", "request", try #require(slot["id"].string), "--topic", "Plans; more")
        }
        let path = programme.path("mine.ics")
        try await ana.json("calendar", "export", "--to", path)
        let ben = try await programme.home(of: "Ben", as: .participant)
        #expect(counts(try await ben.json("calendar", "import", path)) == [2, 0, 0, 0, 0])
        let booked = try await ana.json("booking", "list").items
        let taken = try await ben.json("event", "list").items
        for key in ["start", "end"] {
            #expect(
                Set(booked.map { $0[key].string }) == Set(taken.map { $0[key].string }))
        }
        #expect(taken.allSatisfy { $0["title"].string == "Plans; more with Mara" })
        // Those who have the meetings need no events of them.
        #expect(counts(try await ana.json("calendar", "import", path)) == [0, 0, 0, 0, 0])
        #expect(try await events().isEmpty)
    }

    // MARK: Files that do not fit

    @Test func filesThatAreNoCalendarAreBadData() async throws {
        for text in ["", "nothing\nof use\n", "{\"date\": 1}", "\u{0}\u{1}"] {
            let run = await ana.run(["calendar", "import", "-", "--json"], input: text)
            #expect(run.status == 65)
            #expect(run.errorCode == "noCalendar")
        }
        let broken = await ana.run(
            ["calendar", "import", "-", "--json"],
            input: "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n")
        #expect(broken.status == 65)
        #expect(broken.errorCode == "unreadableFile")
        try await ana.expect(.badData, "calendar", "import", programme.path("missing.ics"))
        #expect(counts(try await self.import()) == [0, 0, 0, 0, 0])
    }

    @Test func whatCannotBeReadIsListed() async throws {
        let broken = "BEGIN:VEVENT\nUID:b\nDTSTART:soon\nEND:VEVENT"
        let report = try await self.import(
            broken, weekly, "BEGIN:VTODO\nUID:t\nEND:VTODO", "a line")
        #expect(counts(report) == [3, 0, 0, 0, 0])
        #expect(report["failed"].items.map { $0["line"].int } == [2, 16])
        #expect(report["failedCount"].int == 2)
        #expect(report["others"].int == 1)
        let text = await ana.run(
            ["calendar", "import", "-"],
            input: ["BEGIN:VCALENDAR", broken, weekly, "END:VCALENDAR"].joined(separator: "\n"))
        #expect(
            text.output
                == "Of 2026-05-02 to 2027-06-01: imported 0 events, changed 0, deleted 0, skipped 3 "
                + "that were there already\n")
        #expect(
            text.errors.contains(
                "  line 2: The event was left out: its beginning cannot be read.\n"))
    }

    /// An unreadable series is no reason to delete what is there of it.
    @Test func eventsOfWhatCannotBeReadStay() async throws {
        _ = try await self.import(weekly)
        let broken = weekly.replacing("COUNT=3", with: "COUNT=three")
        let other = CalendarContentTests.event(uid: "2")
        #expect(counts(try await self.import(broken, other)) == [1, 0, 0, 0, 0])
        #expect(try await events().count == 4)
    }

    @Test func tooMuchIsRefused() async throws {
        let hourly = (0..<11).map {
            CalendarContentTests.event(
                "RRULE:FREQ=HOURLY;INTERVAL=4;COUNT=2000", uid: "\($0)")
        }
        let text = (["BEGIN:VCALENDAR"] + hourly + ["END:VCALENDAR"]).joined(separator: "\n")
        let run = await ana.run(["calendar", "import", "-", "--json"], input: text)
        #expect(run.status == 65)
        #expect(run.errorCode == "tooMany")
        for options in [
            ["--from", "2027-01-01", "--until", "2026-01-01"], ["--until", "2040-01-01"],
        ] {
            let run = await ana.run(["calendar", "import", "-", "--json"] + options, input: text)
            #expect(run.status == 64)
            #expect(run.errorCode == "invalidDate")
        }
    }
}

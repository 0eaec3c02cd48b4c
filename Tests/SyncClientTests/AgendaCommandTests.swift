import Model
import TestSupport
import Testing

@testable import SyncClient

/// A member's days, from their own replica.
@Suite struct AgendaCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        try await ana.sync()
    }

    private func kinds(_ agenda: JSONRead) -> [String] {
        agenda.items.map { "\($0["kind"].string ?? "") \($0["start"].string ?? "")" }
    }

    @Test func everythingWithATimeIsThere() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mentor.json("slot", "add", "2027-01-20 23:30", "--duration", "1h")
        try await mentor.json(
            "task", "add", "Read", "--for", "Ana", "--due", "2027-01-21 18:00")
        try await mentor.json(
            "task", "add", "Too late", "--for", "Ana", "--due", "2027-01-28 18:00")
        try await mentor.sync()
        try await ana.sync()
        let id = try #require(slot["id"].string)
        try await ana.json("booking", "request", id, "--topic", "Plans")
        let own = try await ana.json("agenda", "week", "--from", "2027-01-20")
        #expect(kinds(own) == ["booking 2027-01-20T10:00:00Z", "task 2027-01-21T18:00:00Z"])
        #expect(own[0]["title"].string == "Plans")
        #expect(own[0]["with"].string == mentor.member.text)
        #expect(own[0]["state"].string == "requested")
        #expect(own[1]["with"].isNull)
        let others = try await mentor.json("agenda", "month", "--from", "2027-01-20")
        #expect(
            kinds(others) == [
                "slot 2027-01-20T10:00:00Z", "slot 2027-01-20T23:30:00Z",
                "task 2027-01-21T18:00:00Z", "task 2027-01-28T18:00:00Z",
            ])
        #expect(others[2]["with"].string == ana.member.text)
        let text = try await mentor.expect(.success, "agenda", "--from", "2027-01-20").output
        #expect(text.contains("Wed 2027-01-20"))
        #expect(text.contains("10:00–10:45"))
        #expect(text.contains("23:30–Thu 00:30"))
        #expect(text.ranges(of: "Wed 2027-01-20").count == 1)
        // What reaches over midnight belongs to both days.
        let night = try await mentor.json("agenda", "today", "--from", "2027-01-21")
        #expect(kinds(night) == ["task 2027-01-21T18:00:00Z"])
    }

    @Test func daysAreThoseOfTheMembersZone() async throws {
        try await mentor.json("slot", "add", "2027-01-20 23:30", "--duration", "45m")
        try await mentor.json("profile", "set", "--time-zone", "Africa/Nairobi")
        #expect(try await mentor.json("agenda", "today", "--from", "2027-01-20").items.isEmpty)
        let next = try await mentor.expect(
            .success, "agenda", "today", "--from", "2027-01-21"
        ).output
        #expect(next.contains("02:30–03:15"))
    }

    /// A slot of the mentor's on one day, which the hub has heard of.
    private func slot(at start: String) async throws -> RecordID {
        let made = try await mentor.json(
            "slot", "add", "2027-01-20 \(start)", "--duration", "45m")
        try await mentor.sync()
        return try #require(RecordID(text: made["id"].string ?? ""))
    }

    /// A booking of a slot that the hub has confirmed, whatever else is booked.
    private func meeting(in slot: RecordID, of home: MemberHome) async throws -> String {
        try await home.sync()
        let text = try #require(try await home.json("booking", "request", slot.text)["id"].string)
        let booking = try #require(RecordID(text: text))
        try await home.sync()
        programme.hub.rule(
            on: booking, act: booking,
            in: .pair(mentor: mentor.member, participant: home.member), state: .confirmed,
            slot: slot)
        return text
    }

    /// Two promises for one time, as escrow can make them: whoever is to be in two places sees it.
    @Test func meetingsBesideEachOtherAreMarked() async throws {
        var bookings: [String] = []
        for start in ["10:00", "10:30", "11:30"] {
            bookings.append(try await meeting(in: slot(at: start), of: ana))
        }
        try await ana.sync()
        let agenda = try await ana.json("agenda", "today", "--from", "2027-01-20")
        #expect(agenda.items.map { $0["besideAnother"].bool } == [true, true, false])
        let shown = try await ana.json("booking", "show", bookings[0])
        #expect(shown["beside"].items.map(\.string) == [bookings[1]])
        #expect(try await ana.json("booking", "show", bookings[2])["beside"].items.isEmpty)
        #expect(try await ana.json("status")["clashes"].int == 2)
    }

    /// Two hubs sold one seat: neither meeting ends by itself, so those whom it concerns are told.
    @Test func seatSoldTwiceIsTold() async throws {
        let ben = try await programme.home(of: "Ben", as: .participant)
        let slot = try await slot(at: "10:00")
        #expect(try await mentor.json("status")["clashes"].int == 0)
        var bookings: [String] = []
        for home in [ana, ben] { bookings.append(try await meeting(in: slot, of: home)) }
        programme.hub.set(
            Fields.Slot.taken, of: slot, Schema.slot, in: .slots(of: mentor.member),
            to: .integer(2))
        let run = try await mentor.expect(.success, "sync")
        #expect(run.errors.contains("2 meetings to come cannot take place as they stand"))
        #expect(try await mentor.json("status")["clashes"].int == 2)
        #expect(
            try await mentor.expect(.success, "status").output.contains("waymark agenda month"))
        let agenda = try await mentor.json("agenda", "today", "--from", "2027-01-20")
        #expect(agenda.items.map { $0["overbooked"].bool } == [true, true])
        #expect(agenda.items.map { $0["besideAnother"].bool } == [false, false])
        let shown = try await mentor.expect(.success, "booking", "show", bookings[0]).output
        #expect(shown.contains("more people have one than there are"))
        #expect(try await mentor.json("slot", "list")[0]["overbooked"].bool == true)
        #expect(try await mentor.expect(.success, "slot", "list").output.contains("overbooked"))
        // Whoever has one of them is told, too.
        try await ana.sync()
        #expect(try await ana.json("status")["clashes"].int == 1)
        // Once one of them is off, the other can take place.
        programme.hub.set(
            Fields.Slot.taken, of: slot, Schema.slot, in: .slots(of: mentor.member),
            to: .integer(1))
        try await mentor.sync()
        #expect(try await mentor.json("status")["clashes"].int == 0)
    }

    @Test func whatCameToNothingIsLeftOut() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mentor.json("slot", "withdraw", try #require(slot["id"].string))
        let task = try await ana.json("task", "add", "Done", "--due", "2027-01-20 12:00")
        try await ana.json("task", "done", try #require(task["id"].string))
        for home in [mentor, ana] {
            let run = try await home.expect(.success, "agenda", "today", "--from", "2027-01-20")
            #expect(run.errors.contains("There is nothing on 2027-01-20."))
        }
        try await ana.expect(.usage, "agenda", "year")
        try await ana.expect(.usage, "agenda", "--from", "someday")
    }
}

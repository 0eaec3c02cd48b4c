import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

/// What members note of their own time.
@Suite struct EventCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
    }

    @Test func eventHasAllThatWasSaid() async throws {
        let made = try await mentor.json(
            "event", "add", "Dentist", "2027-01-20 10:00", "--duration", "1h", "--place", "Town",
            "--details", "Bring the card")
        #expect(made["title"].string == "Dentist")
        #expect(made["start"].string == "2027-01-20T10:00:00Z")
        #expect(made["end"].string == "2027-01-20T11:00:00Z")
        #expect(made["place"].string == "Town")
        #expect(made["details"].string == "Bring the card")
        #expect(made["free"].bool == false)
        let id = try #require(made["id"].string)
        let later = try await mentor.json("event", "edit", id, "--start", "2027-01-21 9:00")
        #expect(later["start"].string == "2027-01-21T09:00:00Z")
        #expect(later["end"].string == "2027-01-21T10:00:00Z")
        let longer = try await mentor.json(
            "event", "edit", id, "--duration", "2h", "--free", "--place", "")
        #expect(longer["end"].string == "2027-01-21T11:00:00Z")
        #expect(longer["free"].bool == true)
        #expect(longer["place"].isNull)
        #expect(try await mentor.json("event", "edit", id, "--no-free")["free"].bool == false)
        #expect(try await mentor.json("event", "delete", id)["deleted"].bool == true)
        #expect(try await mentor.json("event", "list").items.isEmpty)
        try await mentor.expect(.success, "undo")
        #expect(try await mentor.json("event", "list").items.count == 1)
        #expect(
            try await mentor.json("event", "list", "--from", "2027-02-01").items.isEmpty)
    }

    /// A day is as long as the clock on the wall says.
    @Test func dayAloneMeansAllOfIt() async throws {
        try await mentor.json("profile", "set", "--time-zone", "Europe/Zurich")
        let night = try await mentor.json("event", "add", "Move", "2027-03-28")
        #expect(night["start"].string == "2027-03-27T23:00:00Z")
        #expect(night["end"].string == "2027-03-28T22:00:00Z")
        let week = try await mentor.json("event", "add", "Leave", "2027-05-03", "--days", "5")
        #expect(week["end"].string == "2027-05-07T22:00:00Z")
        let id = try #require(week["id"].string)
        let moved = try await mentor.json(
            "event", "edit", id, "--start", "2027-06-07", "--days", "2")
        #expect(moved["start"].string == "2027-06-06T22:00:00Z")
        #expect(moved["end"].string == "2027-06-08T22:00:00Z")
    }

    @Test func whatCannotBeIsSaid() async throws {
        for arguments in [
            ["2027-01-20 10:00"], ["2027-01-20", "--duration", "1h"], ["soon"],
            ["2027-01-20", "--days", "0"], ["2027-01-20 10:00", "--duration", "long"],
        ] {
            let result = await mentor.run(["event", "add", "Dentist"] + arguments)
            #expect(result.status == 64, "\(arguments)")
        }
        try await mentor.expect(
            .usage, "event", "add", "", "2027-01-20 10:00", "--duration", "1h")
        #expect(try await mentor.json("event", "list").items.isEmpty)
    }

    @Test func agendaHasThemAndNobodyElseDoes() async throws {
        try await mentor.json("event", "add", "Dentist", "2027-01-20 10:00", "--duration", "1h")
        try await mentor.json("slot", "add", "2027-01-20 10:30", "--duration", "45m")
        try await mentor.json("slot", "add", "2027-01-20 11:00", "--duration", "45m")
        try await mentor.sync()
        try await ana.sync()
        let agenda = try await mentor.json("agenda", "week", "--from", "2027-01-20")
        #expect(agenda.items.map { $0["kind"].string } == ["event", "slot", "slot"])
        #expect(agenda[1]["state"].string == "you are busy")
        #expect(agenda[2]["state"].string == "1 of 1 free")
        #expect(agenda[0]["title"].string == "Dentist")
        #expect(agenda[0]["state"].string == "busy")
        #expect(try await ana.json("event", "list").items.isEmpty)
        #expect(try await ana.json("agenda", "week", "--from", "2027-01-20").items.isEmpty)
    }

    @Test func meetingsAtThatTimeAreNamed() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mentor.sync()
        try await ana.sync()
        let booking = try await ana.json(
            "booking", "request", try #require(slot["id"].string))
        let id = try #require(booking["id"].string.flatMap { RecordID(text: $0) })
        try await ana.sync()
        programme.hub.rule(
            on: id, act: id, in: .pair(mentor: mentor.member, participant: ana.member),
            state: .confirmed, slot: slot["id"].string.flatMap { RecordID(text: $0) })
        try await ana.sync()
        let made = try await ana.expect(
            .success, "event", "add", "Exam", "2027-01-20 10:30", "--duration", "1h")
        #expect(made.errors.contains("You have a meeting at that time, which stays"))
        let beside = try await ana.expect(
            .success, "event", "add", "Lunch", "2027-01-20 12:00", "--duration", "1h")
        #expect(beside.errors.isEmpty)
    }
}

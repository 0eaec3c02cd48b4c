import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct FeedbackCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mentor.sync()
        try await ana.sync()
    }

    private func booking(_ state: BookingState) async throws -> String {
        let slot = try #require(try await ana.json("slot", "list")[0]["id"].string)
        let booking = try await ana.json("booking", "request", slot)
        let text = try #require(booking["id"].string)
        let id = try #require(RecordID(text: text))
        try await ana.sync()
        programme.hub.rule(
            on: id, act: id, in: .pair(mentor: mentor.member, participant: ana.member),
            state: state, slot: RecordID(text: slot))
        try await ana.sync()
        try await mentor.sync()
        return text
    }

    @Test func completedMeetingIsRatedByBoth() async throws {
        let id = try await booking(.completed)
        let given = try await ana.json(
            "feedback", "give", id, "--rating", "5", "--comment", "Very helpful")
        #expect(
            given.keys.isSuperset(of: [
                "id", "about", "author", "rating", "scores", "comment", "createdAt",
            ]))
        #expect(given["about"].string == id)
        #expect(given["author"].string == ana.member.text)
        #expect(given["rating"].int == 5)
        try await ana.sync()
        try await mentor.sync()
        try await mentor.json("feedback", "give", id, "--rating", "4")
        let listed = try await mentor.json("feedback", "list", "--about", id)
        #expect(listed.items.count == 2)
        #expect(
            Set(listed.items.map { $0["comment"].string }) == ["Very helpful", nil])
        let undo = try await mentor.expect(.refused, "undo")
        #expect(undo.errors.contains("Give new feedback"))
    }

    @Test func feedbackNeedsACompletedMeeting() async throws {
        let id = try await booking(.confirmed)
        let run = await ana.run(["feedback", "give", id, "--rating", "5", "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "notCompleted")
        #expect(try await ana.json("feedback", "list").items.isEmpty)
    }

    @Test(arguments: ["0", "6", "-1", "five", "4.5", ""])
    func ratingIsFromOneToFive(_ rating: String) async throws {
        let run = await ana.run(["feedback", "give", "00000000", "--rating=\(rating)"])
        #expect(run.status == 64)
    }

    @Test func othersGiveNoFeedback() async throws {
        let id = try await booking(.completed)
        let admin = try await programme.home(of: "Ada", as: .admin)
        try await admin.expect(.notAllowed, "feedback", "give", id, "--rating", "3")
    }

    @Test func mentorCommentsOnATask() async throws {
        let task = try await mentor.json("task", "add", "Write a CV")
        let id = try #require(task["id"].string)
        let given = try await mentor.json(
            "feedback", "on", id, "--comment", "Clear, but long", "--score", "clarity=4",
            "--score", "length=2")
        #expect(given["about"].string == id)
        #expect(given["rating"].isNull)
        #expect(given["scores"]["clarity"].int == 4)
        #expect(given["scores"]["length"].int == 2)
        try await mentor.sync()
        try await ana.sync()
        let seen = try await ana.json("feedback", "list", "--about", id)
        #expect(seen.items.map { $0["comment"].string } == ["Clear, but long"])
        try await ana.expect(.notAllowed, "feedback", "on", id, "--comment", "Thanks")
        for score in ["clarity=6", "clarity", "=3", "clarity=x"] {
            try await mentor.expect(
                .usage, "feedback", "on", id, "--comment", "x", "--score", score)
        }
        try await mentor.expect(
            .usage, "feedback", "on", id, "--comment", "x", "--score", "a=1", "--score", "a=2")
    }
}

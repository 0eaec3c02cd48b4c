import Model
import TestSupport
import Testing

@testable import SyncClient

/// Times that come again: made, booked and taken back one by one.
@Suite struct SlotSeriesTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        try await mentor.sync()
        try await mentor.json("profile", "set", "--time-zone", "Europe/Zurich")
    }

    private func starts(_ list: JSONRead) -> [String] {
        list.items.compactMap { $0["start"].string }
    }

    /// Across the night of 28 March 2027, in which clocks in Zurich go forward at two.
    @Test func timesKeepToTheWallClock() async throws {
        let slot = try await mentor.json(
            "slot", "add", "2027-03-22 10:00", "--duration", "45m", "--repeat", "weekly",
            "--on", "mon,wed", "--until", "2027-04-01", "--instant")
        let expected = [
            "2027-03-22T09:00:00Z", "2027-03-24T09:00:00Z", "2027-03-29T08:00:00Z",
            "2027-03-31T08:00:00Z",
        ]
        #expect(starts(slot["occurrences"]) == expected)
        #expect(slot["series"].string == slot["id"].string)
        let id = try #require(slot["id"].string)
        let listed = try await mentor.json("slot", "list", "--series", id)
        #expect(starts(listed) == expected)
        #expect(Set(listed.items.compactMap { $0["id"].string }).count == 4)
        #expect(listed.items.allSatisfy { $0["series"].string == id })
        #expect(listed.items.allSatisfy { $0["instant"].bool == true })
        let night = try await mentor.json(
            "slot", "add", "2027-03-27 02:30", "--duration", "30m", "--repeat", "daily",
            "--count", "3", "--except", "2027-03-29")
        #expect(
            starts(night["occurrences"]) == ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z"])
        try await mentor.sync()
        try await ana.sync()
        #expect(starts(try await ana.json("slot", "list", "--series", id)) == expected)
    }

    @Test func aSeriesHasAnEnd() async throws {
        let run = try await mentor.expect(
            .success, "slot", "add", "2027-01-04 10:00", "--duration", "1h", "--repeat", "weekly")
        #expect(run.errors.contains("The series ends on 2027-03-28"))
        #expect(run.output.contains("the first of 12 times"))
        let shown = try await mentor.expect(
            .success, "slot", "add", "2028-01-04 10:00", "--duration", "1h", "--repeat", "daily",
            "--count", "30")
        #expect(shown.output.contains("… and 18 more; see waymark slot list --series"))
    }

    @Test(arguments: [
        ["--every", "2"], ["--on", "mon"], ["--until", "2027-02-01"], ["--count", "3"],
        ["--repeat", "monthly"], ["--repeat", "weekly", "--count", "0"],
        ["--repeat", "weekly", "--count", "2", "--until", "2027-02-01"],
        ["--repeat", "weekly", "--on", "mon,someday"], ["--repeat", "weekly", "--on", ""],
        ["--repeat", "weekly", "--until", "2026-12-01"], ["--repeat", "daily", "--every", "53"],
        ["--repeat", "daily", "--until", "2029-01-04"],
        ["--repeat", "weekly", "--on", "tue", "--until", "2027-01-04"],
    ])
    func rulesThatMakeNoSenseAreWrongUsage(_ arguments: [String]) async throws {
        let run = await mentor.run(
            ["slot", "add", "2027-01-04 10:00", "--duration", "45m"] + arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains("Hint:"))
        #expect(try await mentor.json("slot", "list").items.isEmpty)
    }

    @Test func whatIsBookedStays() async throws {
        let slot = try await mentor.json(
            "slot", "add", "2027-01-04 10:00", "--duration", "45m", "--repeat", "weekly",
            "--count", "4", "--instant")
        let ids = slot["occurrences"].items.compactMap { $0["id"].string }
        try await mentor.sync()
        programme.hub.set(
            Fields.Slot.taken, of: try #require(RecordID(text: ids[1])), Schema.slot,
            in: .slots(of: mentor.member), to: .integer(1))
        try await mentor.sync()
        let done = try await mentor.json("slot", "withdraw", ids[2], "--series")
        #expect(done["booked"].items.compactMap(\.string) == [ids[1]])
        #expect(Set(done["withdrawn"].items.compactMap(\.string)) == Set(ids).subtracting([ids[1]]))
        try await mentor.sync()
        try await ana.sync()
        let states = try await ana.json("slot", "list", "--series", ids[0]).items
            .map { $0["state"].string }
        #expect(states == ["withdrawn", "full", "withdrawn", "withdrawn"])
        let again = try await mentor.expect(.success, "slot", "withdraw", ids[0], "--series")
        #expect(again.output.contains("No time of the series was taken back."))
        #expect(again.output.contains("These are booked or on loan, and stay:"))
    }

    /// What another laptop may be giving away is not taken back here.
    @Test func whatIsOnLoanStays() async throws {
        let slot = try await mentor.json(
            "slot", "add", "2027-01-04 10:00", "--duration", "45m", "--repeat", "weekly",
            "--count", "3")
        let ids = slot["occurrences"].items.compactMap { $0["id"].string }
        try await mentor.sync()
        programme.hub.set(
            Fields.Slot.holder, of: try #require(RecordID(text: ids[0])), Schema.slot,
            in: .slots(of: mentor.member), to: .integer(7))
        try await mentor.sync()
        let one = await mentor.run(["slot", "withdraw", ids[0], "--json"])
        #expect(try one.json["error"]["code"].string == "slotLent")
        let done = try await mentor.json("slot", "withdraw", ids[0], "--series")
        #expect(done["booked"].items.compactMap(\.string) == [ids[0]])
        #expect(done["withdrawn"].items.compactMap(\.string) == [ids[1], ids[2]])
        try await mentor.sync()
        #expect(try await mentor.json("rejected", "list").items.isEmpty)
    }

    @Test func aSeriesIsTakenBackFromADayOn() async throws {
        let slot = try await mentor.json(
            "slot", "add", "2027-01-04 10:00", "--duration", "45m", "--repeat", "weekly",
            "--count", "3")
        let ids = slot["occurrences"].items.compactMap { $0["id"].string }
        let done = try await mentor.json(
            "slot", "withdraw", ids[0], "--series", "--from", "2027-01-11")
        #expect(done["withdrawn"].items.compactMap(\.string) == [ids[1], ids[2]])
        let alone = try await mentor.json("slot", "add", "2027-02-01 10:00", "--duration", "45m")
        try await mentor.expect(
            .refused, "slot", "withdraw", try #require(alone["id"].string), "--series")
    }

    @Test func overlapsAreSaid() async throws {
        try await mentor.json("slot", "add", "2027-01-11 10:30", "--duration", "45m")
        let run = try await mentor.expect(
            .success, "slot", "add", "2027-01-04 10:00", "--duration", "45m", "--repeat", "weekly",
            "--count", "3")
        #expect(run.errors.contains("Some of them overlap with other times of yours: "))
    }
}

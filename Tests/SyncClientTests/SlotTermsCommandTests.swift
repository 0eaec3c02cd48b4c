import Foundation
import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

/// Terms of slots, changed and moved occurrences, and what one can ask for.
@Suite struct SlotTermsCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
    }

    private func series() async throws -> JSONRead {
        try await mentor.json(
            "slot", "add", "2027-03-14 10:00", "--duration", "45m", "--repeat", "weekly",
            "--count", "4", "--notice", "2h", "--buffer-after", "15m", "--max-per-day", "2",
            "--decide-before", "1d", "--order", "least-served")
    }

    private func slots() async throws -> [JSONRead] {
        try await mentor.json("slot", "list").items.filter { $0["state"].string != "withdrawn" }
    }

    private func rule(
        on booking: String, _ state: BookingState, _ slot: String
    ) async throws {
        func record(_ text: String) throws -> RecordID { try #require(RecordID(text: text)) }
        programme.hub.rule(
            on: try record(booking), act: try record(booking),
            in: .pair(mentor: mentor.member, participant: ana.member), state: state,
            slot: try record(slot))
        try await ana.sync()
        try await mentor.sync()
    }

    /// What a mentor does not want any more on a day is not shown as free.
    @Test func slotsOfAFullDayAreNotFree() async throws {
        var ids: [String] = []
        for start in ["2027-03-14 10:00", "2027-03-14 14:00", "2027-03-15 10:00"] {
            let made = try await mentor.json(
                "slot", "add", start, "--duration", "45m", "--max-per-day", "1")
            ids.append(try #require(made["id"].string))
        }
        try await mentor.sync()
        func free() async throws -> [String?] {
            try await mentor.json("slot", "list", "--free").items.map { $0["id"].string }
        }
        #expect(try await free() == ids)
        programme.hub.set(
            Fields.Slot.taken, of: try #require(RecordID(text: ids[0])), Schema.slot,
            in: .slots(of: mentor.member), to: .integer(1))
        try await mentor.sync()
        #expect(try await free() == [ids[2]])
    }

    @Test func termsAreKeptByEverySlotOfASeries() async throws {
        _ = try await series()
        let all = try await slots()
        #expect(all.map { $0["notice"].int } == [120, 120, 120, 120])
        #expect(all.allSatisfy { $0["bufferAfter"].int == 15 && $0["bufferBefore"].isNull })
        #expect(all.allSatisfy { $0["maxPerDay"].int == 2 })
        #expect(all.allSatisfy { $0["order"].string == "least-served" })
        #expect(all[1]["decideAt"].string == "2027-03-20T10:00:00Z")
        let shown = try await mentor.expect(
            .success, "slot", "add", "2027-06-01 10:00", "--duration", "30m", "--notice", "1d",
            "--max-per-day", "1", "--decide-at", "2027-05-01 10:00"
        ).output
        #expect(shown.contains("1d before its start at the latest"))
        #expect(shown.contains("1 meeting at most"))
        #expect(shown.contains("who asked first"))
    }

    @Test(arguments: [
        ["--notice", "0m"], ["--max-per-day", "0"], ["--max-per-day", "many"],
        ["--buffer-before", "7m"], ["--order", "earliest"],
        ["--decide-at", "2027-03-15 10:00"], ["--decide-before", "1h", "--decide-at", "today"],
    ])
    func termsThatCannotBeAreWrongUsage(_ terms: [String]) async throws {
        let run = await mentor.run(
            ["slot", "add", "2027-03-14 10:00", "--duration", "45m"] + terms)
        #expect(run.status == 64, "\(run.errors)")
        #expect(try await slots().isEmpty)
    }

    /// An occurrence that is moved, one that is added, and the rest of the series at another time:
    /// wall time, also over the change of clocks on 28 March.
    @Test func occurrencesAreMovedAndAddedAndTheRestIsChanged() async throws {
        try await mentor.json("profile", "set", "--time-zone", "Europe/Zurich")
        let first = try await series()
        let id = try #require(first["id"].string)
        let second = try #require(try await slots()[1]["id"].string)
        let moved = try await mentor.json("slot", "edit", second, "--start", "2027-03-22 18:00")
        #expect(moved["start"].string == "2027-03-22T17:00:00Z")
        #expect(moved["series"].string == id && moved["notice"].int == 120)
        #expect(moved["decideAt"].string == "2027-03-21T17:00:00Z")
        let extra = try await mentor.json("slot", "add", "2027-03-30 10:00", "--series", id)
        #expect(extra["series"].string == id && extra["bufferAfter"].int == 15)
        #expect(extra["end"].string == "2027-03-30T08:45:00Z")
        let edited = try await mentor.json(
            "slot", "edit", id, "--series", "--from", "2027-03-27", "--start", "11:00",
            "--duration", "1h", "--notice", "none")
        #expect(edited["changed"].items.count == 3 && edited["booked"].items.isEmpty)
        #expect(
            try await slots().map { $0["start"].string } == [
                "2027-03-14T09:00:00Z", "2027-03-22T17:00:00Z", "2027-03-28T09:00:00Z",
                "2027-03-30T09:00:00Z", "2027-04-04T09:00:00Z",
            ])
        #expect(try await slots().last?["notice"].isNull == true)
    }

    @Test func whatIsBookedStaysAndIsNamed() async throws {
        let slot = try #require(
            try await mentor.json(
                "slot", "add", "2027-03-14 10:00", "--duration", "45m",
                "--repeat", "daily", "--count", "3")["id"].string)
        try await mentor.sync()
        try await ana.sync()
        let booking = try #require(try await ana.json("booking", "request", slot)["id"].string)
        try await ana.sync()
        try await rule(on: booking, .confirmed, slot)
        let run = try await mentor.expect(
            .success, "slot", "edit", slot, "--series", "--duration", "30m")
        #expect(run.output.contains("2 times of the series were changed."))
        #expect(run.output.contains("booked or lent and stay as they are"))
        let refused = try await mentor.expect(
            .refused, "slot", "edit", slot, "--duration", "30m")
        #expect(refused.errors.contains("is booked"))
        #expect(try await slots().first?["end"].string == "2027-03-14T10:45:00Z")
    }

    @Test func seriesIsAskedForTimeByTime() async throws {
        let slot = try #require(
            try await mentor.json(
                "slot", "add", "2027-03-14 10:00", "--duration", "45m",
                "--repeat", "weekly", "--count", "4")["id"].string)
        try await mentor.sync()
        try await ana.sync()
        let asked = try await ana.json("booking", "request", slot, "--times", "3").items
        #expect(asked.count == 3)
        #expect(asked[0]["series"].isNull)
        #expect(asked[2]["series"].string == asked[0]["id"].string)
        #expect(asked[2]["start"].string == "2027-03-28T10:00:00Z")
        let tooMany = try await ana.expect(
            .refused, "booking", "request", slot, "--times", "5")
        #expect(tooMany.errors.contains("4 times"))
        #expect(try await ana.json("booking", "list").items.count == 3)
    }

    @Test func anySlotOfAMentorIsAskedForWithoutNamingOne() async throws {
        try await ana.sync()
        let asked = try await ana.json(
            "booking", "request", "--from", "2027-03-14", "--until", "2027-03-15", "--topic", "CV")
        #expect(asked["slot"].isNull && asked["start"].isNull)
        #expect(asked["from"].string == "2027-03-14T00:00:00Z")
        #expect(asked["until"].string?.hasPrefix("2027-03-15T23:59:59") == true)
        #expect(asked["mentor"].string == mentor.member.text)
        let list = try await ana.expect(.success, "booking", "list").output
        #expect(list.contains("any between"))
        for words in [
            [], ["--from", "2027-03-14"], ["--until", "2027-03-15", "--waitlist"],
        ] {
            #expect(await ana.run(["booking", "request"] + words).status == 64)
        }
        try await ana.expect(
            .usage, "booking", "request", "--from", "2027-03-15", "--until", "2027-03-14")
    }

    /// A meeting that goes on is ongoing; afterwards who came is noted, what it cost, and when the
    /// two could meet again.
    @Test func meetingGoesOnAndIsNoted() async throws {
        try await mentor.json("slot", "add", "2027-03-21 10:00", "--duration", "45m")
        let slot = try #require(
            try await mentor.json("slot", "add", "2027-03-14 10:00", "--duration", "45m")["id"]
                .string)
        try await mentor.sync()
        try await ana.sync()
        let booking = try #require(try await ana.json("booking", "request", slot)["id"].string)
        try await ana.sync()
        try await rule(on: booking, .confirmed, slot)
        let start: Int64 = 1_805_018_400_000
        programme.pass(untilMilliseconds: start + 600_000)
        let ongoing = try await ana.json("booking", "list", "--state", "ongoing").items
        #expect(ongoing.map { $0["status"].string } == ["ongoing"])
        #expect(ongoing[0]["state"].string == "confirmed" && ongoing[0]["minutes"].int == 45)
        programme.pass(untilMilliseconds: start + 3_600_000)
        #expect(try await ana.json("booking", "list", "--state", "ongoing").items.isEmpty)

        try await mentor.expect(
            .refused, "booking", "attendance", slot, "--missed", "Mara")
        let noted = try await mentor.json("booking", "attendance", slot).items
        #expect(noted.count == 1 && noted[0]["pending"].bool == true)
        try await mentor.sync()
        let acts = try programme.replica(of: "Mara").read { try $0.records(of: Schema.bookingAct) }
        #expect(acts.map { $0.integer(Fields.BookingAct.kind) } == [4])
        programme.hub.rule(
            on: try #require(RecordID(text: booking)), act: acts[0].id,
            in: .pair(mentor: mentor.member, participant: ana.member), state: .completed,
            slot: RecordID(text: slot))
        try await ana.sync()
        try await mentor.sync()
        let shown = try await ana.json("booking", "show", booking)
        #expect(shown["state"].string == "completed")
        #expect(shown["followUp"]["start"].string == "2027-03-21T10:00:00Z")

        let due = try await mentor.json(
            "booking", "payment", booking, "due", "--amount", "25 EUR")
        #expect(due["payment"].string == "due" && due["amount"]["amount"].int == 2500)
        let paid = try await mentor.json("booking", "payment", booking, "paid")
        #expect(paid["payment"].string == "paid" && paid["amount"]["currency"].string == "EUR")
        try await ana.expect(.notAllowed, "booking", "payment", booking, "waived")
        #expect(await mentor.run(["booking", "payment", booking, "stolen"]).status == 64)
    }
}

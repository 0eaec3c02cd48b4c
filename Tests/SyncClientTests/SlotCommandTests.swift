import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct SlotCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        try await mentor.sync()
    }

    @Test func addedSlotHasAllItsKeys() async throws {
        let slot = try await mentor.json(
            "slot", "add", "2027-01-20 10:00", "--duration", "1h30m", "--capacity", "3",
            "--instant")
        #expect(
            slot.keys.isSuperset(of: [
                "id", "mentor", "start", "end", "capacity", "free", "state",
            ]))
        #expect(slot["mentor"].string == mentor.member.text)
        #expect(slot["start"].string == "2027-01-20T10:00:00Z")
        #expect(slot["end"].string == "2027-01-20T11:30:00Z")
        #expect(slot["capacity"].int == 3)
        #expect(slot["free"].int == 3)
        #expect(slot["state"].string == "open")
        #expect(slot["instant"].bool == true)
    }

    @Test(arguments: [
        ["2027-01-20 10:03", "--duration", "45m"], ["2027-01-20 10:00", "--duration", "47m"],
        ["2027-01-20 10:00", "--duration", "25h"], ["2027-01-20 10:00", "--duration", "0m"],
        ["2027-01-20 10:00", "--duration", "45m", "--capacity", "0"],
        ["2027-01-20 10:00", "--duration", "45m", "--capacity", "1001"],
        ["2027-01-20 10:00"], ["whenever", "--duration", "45m"],
    ])
    func whatLiesOffTheGridOrOutOfBoundsIsWrongUsage(_ arguments: [String]) async throws {
        let run = await mentor.run(["slot", "add"] + arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains("Hint:"))
        #expect(try await mentor.json("slot", "list").items.isEmpty)
    }

    @Test func offGridStartNamesTheNeighbours() async throws {
        let run = try await mentor.expect(
            .usage, "slot", "add", "2027-01-20 10:03", "--duration", "45m")
        #expect(run.errors.contains("10:00"))
        #expect(run.errors.contains("10:05"))
    }

    @Test func onlyMentorsOfferTimes() async throws {
        try await ana.expect(
            .notAllowed, "slot", "add", "2027-01-20 10:00", "--duration", "45m")
    }

    @Test func everybodySeesSlotsByTimeAndMentor() async throws {
        let other = try await programme.home(of: "Otto", as: .mentor)
        try await mentor.json("slot", "add", "2027-01-21 10:00", "--duration", "45m")
        try await other.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mentor.sync()
        try await other.sync()
        try await ana.sync()
        func starts(_ arguments: String...) async -> [String?] {
            JSONRead(await ana.run(["slot", "list", "--json"] + arguments).output).items
                .map { $0["start"].string }
        }
        #expect(await starts() == ["2027-01-20T10:00:00Z", "2027-01-21T10:00:00Z"])
        #expect(await starts("--mentor", "Otto") == ["2027-01-20T10:00:00Z"])
        #expect(await starts("--from", "2027-01-21") == ["2027-01-21T10:00:00Z"])
        #expect(await starts("--to", "2027-01-20") == ["2027-01-20T10:00:00Z"])
        try await ana.expect(.refused, "slot", "list", "--mentor", "Nobody")
    }

    @Test func freeSlotsHaveSeatsAndLieAhead() async throws {
        let soon = try await mentor.json("slot", "add", "+10m", "--duration", "45m")
        let full = try await mentor.json("slot", "add", "2027-01-21 10:00", "--duration", "45m")
        let gone = try await mentor.json("slot", "add", "2027-01-22 10:00", "--duration", "45m")
        let free = try await mentor.json("slot", "add", "2027-01-23 10:00", "--duration", "45m")
        try await mentor.json("slot", "withdraw", try #require(gone["id"].string))
        try await mentor.sync()
        let id = try #require(full["id"].string.flatMap { RecordID(text: $0) })
        programme.hub.set(
            Fields.Slot.taken, of: id, Schema.slot, in: .slots(of: mentor.member),
            to: .integer(1))
        try await ana.sync()
        #expect(try await ana.json("slot", "list", "--free").items.count == 2)
        programme.pass(untilMilliseconds: programme.now + 3_600_000)
        let listed = try await ana.json("slot", "list")
        #expect(
            listed.items.map { $0["state"].string } == ["past", "full", "withdrawn", "open"])
        #expect(listed[0]["id"].string == soon["id"].string)
        #expect(listed[1]["free"].int == 0)
        // The clock alone hides nothing; the hub's time does.
        #expect(try await ana.json("slot", "list", "--free").items.count == 2)
        try await ana.sync()
        let left = try await ana.json("slot", "list", "--free")
        #expect(left.items.map { $0["id"].string } == [free["id"].string])
    }

    @Test func slotIsWithdrawnNotUndone() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        let undo = try await mentor.expect(.refused, "undo")
        #expect(undo.errors.contains("waymark slot withdraw"))
        let id = try #require(slot["id"].string)
        #expect(try await mentor.json("slot", "withdraw", id)["state"].string == "withdrawn")
        try await mentor.expect(.success, "undo")
        #expect(try await mentor.json("slot", "list")[0]["state"].string == "open")
    }

    @Test func bookedSlotIsNotWithdrawn() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await mentor.sync()
        let text = try #require(slot["id"].string)
        let id = try #require(RecordID(text: text))
        programme.hub.set(
            Fields.Slot.taken, of: id, Schema.slot, in: .slots(of: mentor.member),
            to: .integer(1))
        try await mentor.sync()
        let run = await mentor.run(["slot", "withdraw", text, "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "slotHasBookings")
        #expect(try run.json["error"]["hint"].string?.contains("cancel") == true)
    }

    @Test func aSlotHasATimeOfDayAndEndsWithinTheCalendar() async throws {
        for day in ["2027-01-20", "tomorrow", "fri"] {
            let run = try await mentor.expect(.usage, "slot", "add", day, "--duration", "45m")
            #expect(run.errors.contains("\(day) 10:00"))
        }
        try await mentor.expect(
            .usage, "slot", "add", "9999-12-31 23:30", "--duration", "45m")
        #expect(try await mentor.json("slot", "list").items.isEmpty)
        try await mentor.expect(
            .success, "slot", "add", "9999-12-31 23:00", "--duration", "45m")
    }

    @Test func overlappingTimesAreNamed() async throws {
        let first = try await mentor.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        let after = try await mentor.expect(
            .success, "slot", "add", "2027-01-20 10:45", "--duration", "45m")
        #expect(!after.errors.contains("overlaps"))
        let id = try #require(first["id"].string)
        let within = try await mentor.expect(
            .success, "slot", "add", "2027-01-20 10:30", "--duration", "15m")
        #expect(within.errors.contains("overlaps with other times of yours: \(id.prefix(8))"))
        try await mentor.json("slot", "withdraw", id)
        let again = try await mentor.expect(
            .success, "slot", "add", "2027-01-20 10:00", "--duration", "30m")
        #expect(!again.errors.contains("overlaps"))
    }
}

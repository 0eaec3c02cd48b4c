import Foundation
import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

@Suite struct BookingMoveCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome
    private let slots: [String]
    private let booking: String

    /// A confirmed booking of the first of three slots.
    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        var slots: [String] = []
        for hour in ["10:00", "11:00", "12:00"] {
            let slot = try await mentor.json(
                "slot", "add", "2027-01-20 \(hour)", "--duration", "45m")
            slots.append(try #require(slot["id"].string))
        }
        self.slots = slots
        try await mentor.sync()
        try await ana.sync()
        let booking = try await ana.json("booking", "request", slots[0], "--topic", "CV")
        self.booking = try #require(booking["id"].string)
        try await ana.sync()
        try await rule(on: self.booking, .confirmed, slots[0])
    }

    /// The hub rules on the latest act about the booking, or on the request.
    private func rule(
        on act: String, _ state: BookingState, _ slot: String, _ reason: VerdictReason? = nil,
        alternatives: [String] = []
    ) async throws {
        func record(_ text: String) throws -> RecordID { try #require(RecordID(text: text)) }
        programme.pass(untilMilliseconds: programme.now + 60_000)
        programme.hub.rule(
            on: try record(booking), act: try record(act),
            in: .pair(mentor: mentor.member, participant: ana.member), state: state,
            slot: try record(slot), reason: reason, alternatives: try alternatives.map(record))
        programme.pass(untilMilliseconds: programme.now + 60_000)
        try await ana.sync()
        try await mentor.sync()
    }

    private func latestAct() throws -> String {
        let acts = try programme.replica(of: "Mara").read { try $0.records(of: Schema.bookingAct) }
        return try #require(acts.max { $0.createdAt < $1.createdAt }).id.text
    }

    /// Says something that the hub rules on.
    private func say(
        _ words: String..., by member: MemberHome, _ state: BookingState = .confirmed, at slot: Int,
        _ reason: VerdictReason? = nil, alternatives: [String] = []
    ) async throws {
        let result = await member.run(["booking"] + words)
        #expect(result.status == 0, "\(result.errors)")
        try await member.sync()
        try await mentor.sync()
        try await rule(
            on: try latestAct(), state, slots[slot], reason, alternatives: alternatives)
    }

    private func move(_ member: MemberHome) async throws -> JSONRead {
        try await member.json("booking", "show", booking)["move"]
    }

    @Test func proposalChangesNothingUntilItIsAccepted() async throws {
        #expect(try await move(ana).isNull)
        let proposed = try await ana.json(
            "booking", "move", booking, "--to", slots[1], "--reason", "I have school")
        #expect(proposed["state"].string == "confirmed")
        #expect(proposed["pending"].bool == true)
        #expect(proposed["start"].string == "2027-01-20T10:00:00Z")
        #expect(proposed["move"]["to"].string == slots[1])
        #expect(proposed["move"]["by"].string == ana.member.text)
        #expect(proposed["move"]["state"].string == "requested")
        try await ana.sync()
        try await mentor.sync()
        try await rule(on: try latestAct(), .confirmed, slots[0])
        #expect(try await move(mentor)["state"].string == "open")
        #expect(
            try await ana.expect(.success, "booking", "show", booking).output
                .contains("the hub: noted"))
        let text = try await mentor.expect(.success, "booking", "show", booking).output
        #expect(text.contains("waymark booking accept-move"))
        #expect(text.contains("I have school"))
        #expect(
            try await mentor.expect(.success, "booking", "list").output.contains("move proposed"))

        let accepted = try await mentor.json("booking", "accept-move", booking)
        #expect(accepted["state"].string == "requested")
        #expect(accepted["start"].string == "2027-01-20T10:00:00Z")
        #expect(accepted["move"]["pending"].bool == true)
        try await mentor.sync()
        try await rule(on: try latestAct(), .confirmed, slots[1])
        let moved = try await ana.json("booking", "show", booking)
        #expect(moved["state"].string == "confirmed")
        #expect(moved["start"].string == "2027-01-20T11:00:00Z")
        #expect(moved["slot"].string == slots[1])
        #expect(moved["move"]["state"].string == "accepted")
        #expect(
            moved["history"].items.map { $0["act"].string } == [
                "request", "confirmed", "move", "confirmed", "accept-move", "confirmed",
            ])
        #expect(moved["history"][2]["slot"].string == slots[1])
        #expect(moved["history"][2]["start"].string == "2027-01-20T11:00:00Z")
    }

    @Test func whoProposedDoesNotAcceptButTakesBack() async throws {
        try await say("move", booking, "--to", slots[1], by: mentor, at: 0)
        let own = await mentor.run(["booking", "accept-move", booking, "--json"])
        #expect(own.status == 77)
        #expect(try own.json["error"]["hint"].string?.contains("refuse-move") == true)
        try await say("refuse-move", booking, by: mentor, at: 0)
        #expect(try await move(ana)["state"].string == "withdrawn")
        let late = await ana.run(["booking", "accept-move", booking, "--json"])
        #expect(late.status == 1)
        #expect(try late.json["error"]["code"].string == "moveClosed")
    }

    @Test func refusalLeavesTheBookingAsItIs() async throws {
        try await say("move", booking, "--to", slots[1], by: ana, at: 0)
        try await say("refuse-move", booking, "--reason", "Too late", by: mentor, at: 0)
        let shown = try await ana.json("booking", "show", booking)
        #expect(shown["move"]["state"].string == "refused")
        #expect(shown["state"].string == "confirmed")
        #expect(shown["slot"].string == slots[0])
        #expect(shown["history"].items.contains { $0["text"].string == "Too late" })
    }

    @Test func whatTheHubRefusesSaysWhyAndWhatIsFree() async throws {
        try await say(
            "move", booking, "--to", slots[1], by: ana, at: 0, .slotTaken,
            alternatives: [slots[2]])
        let failed = try await move(ana)
        #expect(failed["state"].string == "failed")
        #expect(failed["reason"].string == "slotTaken")
        #expect(failed["alternatives"][0]["id"].string == slots[2])
        // An acceptance that comes too late leaves the proposal open.
        try await say("move", booking, "--to", slots[2], by: ana, at: 0)
        try await say("accept-move", booking, by: mentor, at: 0, .slotTaken)
        let open = try await move(ana)
        #expect(open["state"].string == "open")
        #expect(open["reason"].string == "slotTaken")
        #expect(try await ana.json("booking", "show", booking)["slot"].string == slots[0])
    }

    /// One proposal stands: the later one, unless the hub refused that.
    @Test func laterProposalTakesThePlaceOfTheEarlierIfItCanBeHad() async throws {
        try await say("move", booking, "--to", slots[1], by: ana, at: 0)
        try await say("move", booking, "--to", slots[2], by: mentor, at: 0, .slotTaken)
        #expect(try await move(mentor)["to"].string == slots[1])
        #expect(try await move(mentor)["state"].string == "open")
        try await say("move", booking, "--to", slots[2], by: mentor, at: 0)
        #expect(try await move(ana)["to"].string == slots[2])
        try await say("cancel", booking, by: ana, .cancelled, at: 0)
        #expect(try await move(ana)["state"].string == "lapsed")
    }

    @Test func instantSlotMovesAtOnce() async throws {
        try await say("move", booking, "--to", slots[1], by: ana, at: 1)
        #expect(try await move(mentor)["state"].string == "accepted")
        #expect(try await mentor.json("booking", "show", booking)["slot"].string == slots[1])
    }

    @Test func whatCannotBeIsSaidAtOnce() async throws {
        let rosa = try await programme.home(of: "Rosa", as: .mentor)
        try await rosa.sync()
        let hers = try await rosa.json("slot", "add", "2027-01-21 10:00", "--duration", "45m")
        try await rosa.sync()
        let gone = try await mentor.json("slot", "add", "2027-01-22 10:00", "--duration", "45m")
        let goneID = try #require(gone["id"].string)
        try await mentor.json("slot", "withdraw", goneID)
        try await mentor.sync()
        try await ana.sync()
        let other = try #require(hers["id"].string)
        for (slot, status, code) in [
            (other, 64, "otherMentor"), (slots[0], 1, "sameSlot"), (goneID, 1, "slotWithdrawn"),
        ] {
            let answer = await ana.run(["booking", "move", booking, "--to", slot, "--json"])
            #expect(Int(answer.status) == status)
            #expect(try answer.json["error"]["code"].string == code)
        }
        #expect(try await ana.json("status")["unsent"]["changes"].int == 0)
        for act in ["accept-move", "refuse-move"] {
            let answer = await ana.run(["booking", act, booking, "--json"])
            #expect(try answer.json["error"]["code"].string == "moveClosed")
        }
    }
}

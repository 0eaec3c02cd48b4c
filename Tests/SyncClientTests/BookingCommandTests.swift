import Foundation
import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

@Suite struct BookingCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome
    private let slots: [String]

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
    }

    private var scope: Scope {
        .pair(mentor: mentor.member, participant: ana.member)
    }

    private func record(_ text: String?) throws -> RecordID {
        try #require(text.flatMap { RecordID(text: $0) })
    }

    /// A booking on which the hub has ruled.
    private func booked(_ state: BookingState) async throws -> String {
        let booking = try await ana.json("booking", "request", slots[0], "--topic", "CV")
        let id = try #require(booking["id"].string)
        try await ana.sync()
        programme.hub.rule(
            on: try record(id), act: try record(id), in: scope, state: state,
            slot: try record(slots[0]))
        try await ana.sync()
        try await mentor.sync()
        return id
    }

    @Test func requestedBookingHasAllItsKeys() async throws {
        let booking = try await ana.json(
            "booking", "request", slots[0], "--or", slots[1], "--topic", "CV", "--note", "Help")
        #expect(
            booking.keys.isSuperset(of: [
                "id", "slot", "mentor", "participant", "start", "end", "topic", "state",
                "pending", "reason", "alternatives", "history",
            ]))
        #expect(booking["slot"].string == slots[0])
        #expect(booking["mentor"].string == mentor.member.text)
        #expect(booking["participant"].string == ana.member.text)
        #expect(booking["start"].string == "2027-01-20T10:00:00Z")
        #expect(booking["end"].string == "2027-01-20T10:45:00Z")
        #expect(booking["state"].string == "requested")
        #expect(booking["pending"].bool == true)
        #expect(booking["reason"].isNull)
        #expect(booking["history"].items.map { $0["act"].string } == ["request"])
        #expect(booking["history"][0]["by"].string == ana.member.text)
    }

    @Test func approvalIsAWishUntilTheHubHasRuled() async throws {
        let id = try await booked(.held)
        let approved = try await mentor.json("booking", "approve", id)
        #expect(approved["state"].string == "requested")
        #expect(approved["pending"].bool == true)
        let text = try await mentor.expect(.success, "booking", "show", id)
        #expect(!text.output.contains("confirmed"))
        // The same again would have no effect.
        let again = await mentor.run(["booking", "approve", id, "--json"])
        #expect(again.status == 1)
        #expect(try again.json["error"]["code"].string == "wrongState")
        try await mentor.expect(.refused, "undo")
    }

    @Test func bookingsAreListedByState() async throws {
        let id = try await booked(.held)
        try await ana.json("booking", "request", slots[2])
        let all = try await ana.json("booking", "list")
        #expect(all.items.map { $0["state"].string } == ["held", "requested"])
        let held = try await ana.json("booking", "list", "--state", "held")
        #expect(held.items.map { $0["id"].string } == [id])
        try await ana.expect(.usage, "booking", "list", "--state", "nearly")
    }

    @Test func refusalSaysWhyAndWhatIsFree() async throws {
        let booking = try await ana.json("booking", "request", slots[0])
        let id = try record(booking["id"].string)
        try await ana.sync()
        programme.hub.rule(
            on: id, act: id, in: scope, state: .refused, reason: .slotTaken,
            alternatives: [try record(slots[1])])
        try await ana.sync()
        let refused = try await ana.json("booking", "show", id.text)
        #expect(refused["state"].string == "refused")
        #expect(refused["reason"].string == "slotTaken")
        #expect(refused["pending"].bool == false)
        #expect(refused["alternatives"][0]["id"].string == slots[1])
        #expect(refused["alternatives"][0]["start"].string == "2027-01-20T11:00:00Z")
        #expect(refused["history"].items.map { $0["by"].string } == [ana.member.text, "hub"])
        try await ana.expect(.refused, "booking", "cancel", id.text)
    }

    @Test func whoWaitsIsToldSoAndAsksOnce() async throws {
        let booking = try await ana.json("booking", "request", slots[0], "--waitlist")
        let id = try record(booking["id"].string)
        try await ana.sync()
        programme.hub.rule(
            on: id, act: id, in: scope, state: .waitlisted, slot: try record(slots[0]),
            reason: .slotTaken, alternatives: [try record(slots[1])])
        try await ana.sync()
        let waiting = try await ana.json("booking", "show", id.text)
        #expect(waiting["state"].string == "waitlisted")
        #expect(waiting["reason"].string == "slotTaken")
        #expect(waiting["pending"].bool == false)
        #expect(waiting["start"].string == "2027-01-20T10:00:00Z")
        let again = await ana.run(["booking", "request", slots[0], "--json"])
        #expect(try again.json["error"]["code"].string == "alreadyRequested")
        programme.hub.rule(
            on: id, act: nil, in: scope, state: .confirmed, slot: try record(slots[0]))
        try await ana.sync()
        let got = try await ana.json("booking", "show", id.text)
        #expect(got["state"].string == "confirmed")
        #expect(got["reason"].isNull)
    }

    @Test func onlyTheMentorApprovesDeclinesAndCompletes() async throws {
        let id = try await booked(.held)
        for act in ["approve", "decline", "complete", "missed"] {
            try await ana.expect(.notAllowed, "booking", act, id)
        }
        let declined = try await mentor.json("booking", "decline", id, "--reason", "I am ill")
        #expect(declined["history"].items.last?["text"].string == "I am ill")
    }

    @Test func onlyTheHubsTimeRefuses() async throws {
        let id = try await booked(.confirmed)
        // 2027-01-20T10:30Z, half an hour into the meeting.
        programme.pass(untilMilliseconds: 1_800_441_000_000)
        try await ana.sync()
        let late = await ana.run(["booking", "cancel", id, "--json"])
        #expect(late.status == 1)
        #expect(try late.json["error"]["code"].string == "slotStarted")
        // The mentor has not heard of the hub since; what their clock says refuses nothing.
        let completed = try await mentor.json("booking", "complete", id, "--notes", "Good")
        #expect(completed["pending"].bool == true)
    }

    @Test func clockThatNobodyVouchesForRefusesNothing() async throws {
        let id = try await booked(.confirmed)
        // As after a restart, when nothing is known of the clock any more.
        try removeContact(of: mentor)
        try await mentor.expect(.success, "booking", "complete", id)
        try removeContact(of: ana)
        programme.pass(untilMilliseconds: 1_800_441_000_000)
        try await ana.expect(.success, "booking", "cancel", id)
    }

    private func removeContact(of home: MemberHome) throws {
        try FileManager.default.removeItem(
            atPath: programme.home(of: home.name) + "/contact.json")
    }

    @Test func participantAsksForThemselvesMentorForTheirOwn() async throws {
        let booking = try await mentor.json("booking", "request", slots[0], "--for", "Ana")
        #expect(booking["participant"].string == ana.member.text)
        let otto = try await programme.home(of: "Otto", as: .mentor)
        try await otto.expect(.notAllowed, "booking", "request", slots[0], "--for", "Ana")
        let admin = try await programme.home(of: "Ada", as: .admin)
        try await admin.expect(.notAllowed, "booking", "request", slots[0], "--for", "Ana")
        let ben = try await programme.home(of: "Ben", as: .participant)
        try await ben.expect(.notAllowed, "booking", "request", slots[0], "--for", "Ana")
        let own = try await ben.json("booking", "request", slots[0])
        #expect(own["participant"].string == ben.member.text)
    }

    @Test func alternatesAreOfTheSameMentor() async throws {
        let otto = try await programme.home(of: "Otto", as: .mentor)
        let other = try await otto.json("slot", "add", "2027-01-20 10:00", "--duration", "45m")
        try await otto.sync()
        try await ana.sync()
        let run = await ana.run([
            "booking", "request", slots[0], "--or", try #require(other["id"].string), "--json",
        ])
        #expect(run.status == 64)
        #expect(try run.json["error"]["code"].string == "otherMentor")
        #expect(try await ana.json("booking", "list").items.isEmpty)
    }

    @Test func withdrawnSlotIsNotAskedFor() async throws {
        try await mentor.json("slot", "withdraw", slots[0])
        try await mentor.sync()
        try await ana.sync()
        let run = await ana.run(["booking", "request", slots[0], "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "slotWithdrawn")
        let second = try await ana.json("booking", "request", slots[0], "--or", slots[1])
        #expect(second["state"].string == "requested")
    }

    @Test func takenSlotIsTheHubsToRefuse() async throws {
        programme.hub.set(
            Fields.Slot.taken, of: try record(slots[0]), Schema.slot,
            in: .slots(of: mentor.member), to: .integer(1))
        try await ana.sync()
        let run = await ana.run(["booking", "request", slots[0], "--json"])
        #expect(run.status == 0)
        #expect(run.errors.contains("taken"))
    }

    @Test func adminCancelsWithAReason() async throws {
        let id = try await booked(.confirmed)
        let admin = try await programme.home(of: "Ada", as: .admin)
        let run = await admin.run(["booking", "cancel", id, "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "reasonNeeded")
        try await admin.expect(.notAllowed, "booking", "approve", id)
        let cancelled = try await admin.json("booking", "cancel", id, "--reason", "Moved away")
        #expect(cancelled["pending"].bool == true)
    }

    // MARK: Notes

    @Test func notesAreOneTextOfBoth() async throws {
        let id = try await booked(.confirmed)
        let noted = try await mentor.json("booking", "notes", id, "Bring the CV.")
        #expect(noted["notes"].string == "Bring the CV.")
        // Acts are facts and waiting for a verdict; notes are neither.
        #expect(noted["pending"].bool == false)
        try await ana.json("booking", "notes", id, "I come with a friend.")
        try await mentor.sync()
        try await ana.sync()
        let both = try await ana.json("booking", "show", id)["notes"].string ?? ""
        #expect(both.contains("Bring the CV.") && both.contains("I come with a friend."))
        let completed = try await mentor.json("booking", "complete", id, "--notes", "Went well.")
        #expect(completed["notes"].string == "Bring the CV.\n\nWent well.")
        try await mentor.sync()
        try await ana.sync()
        let notes = try await ana.json("booking", "show", id)["notes"].string ?? ""
        for part in ["Bring the CV.", "I come with a friend.", "Went well."] {
            #expect(notes.contains(part))
        }
    }

    // MARK: Acts without effect

    @Test func anActWithoutEffectIsNoVerdict() async throws {
        let id = try await booked(.confirmed)
        let early = try await mentor.expect(.success, "booking", "complete", id, "--notes", "Good")
        #expect(early.errors.contains("has not begun yet"))
        let history = try await mentor.json("booking", "show", id)["history"]
        #expect(history.items.last?["act"].string == "complete")
        try await mentor.sync()
        let acts = try programme.replica(of: "Mara").read { try $0.records(of: Schema.bookingAct) }
        programme.hub.rule(
            on: try record(id), act: try #require(acts.last).id, in: scope, state: .confirmed,
            slot: try record(slots[0]), reason: .notStarted)
        let synced = try await mentor.expect(.success, "sync")
        #expect(
            synced.output.contains(
                """
                Your complete of booking \(id.prefix(8)) had no effect, because the meeting had \
                not begun yet; it is still confirmed.
                """))
        #expect(!synced.output.contains("notStarted"))
        let shown = try await mentor.expect(.success, "booking", "show", id)
        #expect(
            shown.output.contains(
                "complete had no effect; still confirmed, because the meeting had not begun yet"))
        let last = try await mentor.json("booking", "show", id)["history"].items.last
        #expect(last?["reason"].string == "notStarted")
        #expect(last?["ineffective"].string == "complete")
        #expect(try await mentor.json("booking", "show", id)["state"].string == "confirmed")
    }

    @Test func aRefusalIsASentence() async throws {
        let booking = try await ana.json("booking", "request", slots[0])
        let id = try record(booking["id"].string)
        try await ana.sync()
        programme.hub.rule(on: id, act: id, in: scope, state: .refused, reason: .slotTaken)
        let synced = try await ana.expect(.success, "sync")
        #expect(
            synced.output.contains(
                "Booking \(id.text.prefix(8)) is refused, because the slot was taken."))
        let shown = try await ana.expect(.success, "booking", "show", id.text)
        #expect(shown.output.contains("The slot was taken."))
        #expect(!shown.output.contains("slotTaken"))
    }

    // MARK: Requests that are there already

    @Test func nobodyAsksTwiceForTheSameSlot() async throws {
        let twice = await ana.run([
            "booking", "request", slots[0], "--or", slots[1], "--or", slots[0], "--json",
        ])
        #expect(twice.status == 64)
        #expect(try twice.json["error"]["code"].string == "slotNamedTwice")
        let first = try await ana.json("booking", "request", slots[0])
        let again = await ana.run(["booking", "request", slots[0], "--json"])
        #expect(again.status == 1)
        #expect(try again.json["error"]["code"].string == "alreadyRequested")
        #expect(try await ana.json("booking", "list").items.count == 1)
        // Once it is taken back, it can be asked for again.
        try await ana.json("booking", "cancel", try #require(first["id"].string))
        try await ana.json("booking", "request", slots[0])
    }

    @Test func alternatesAreShownUntilTheHubHasRuled() async throws {
        let booking = try await ana.json("booking", "request", slots[0], "--or", slots[1])
        let id = try #require(booking["id"].string)
        #expect(booking["alternates"].items.map(\.string) == [slots[1]])
        let shown = try await ana.expect(.success, "booking", "show", id)
        #expect(shown.output.contains(slots[1].prefix(8)))
        #expect(try await ana.expect(.success, "booking", "list").output.contains("or 1 other"))
        try await ana.sync()
        programme.hub.rule(
            on: try record(id), act: try record(id), in: scope, state: .held,
            slot: try record(slots[1]))
        try await ana.sync()
        #expect(try await ana.json("booking", "show", id)["alternates"].items.isEmpty)
    }
}

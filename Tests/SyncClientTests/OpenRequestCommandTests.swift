import Foundation
import Model
import Replica
import TestSupport
import Testing

@testable import SyncClient

/// Asking any mentor who offers a topic.
@Suite struct OpenRequestCommandTests {
    private let programme: CommandHarness
    private let mara: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mara = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        try await mara.expect(.success, "offer", "add", "Joinery", "--duration", "1h")
        try await mara.sync()
        try await ana.sync()
    }

    private func ask(_ arguments: String...) async throws -> JSONRead {
        let result = await ana.run(
            ["booking", "request", "--any-mentor", "--until", "2026-06-10"] + arguments + ["--json"]
        )
        #expect(result.status == MemberHome.Outcome.success.rawValue, "\(result.errors)")
        return try result.json
    }

    /// What the hub would do, by hand: a booking of a slot of Mara's, and the verdict on it.
    private func answer(_ request: String) async throws -> String {
        let slot = try await mara.json("slot", "add", "2026-06-05T09:00", "--duration", "1h")
        try await mara.sync()
        let scope = Scope.pair(mentor: mara.member, participant: ana.member)
        let slotID = try #require(RecordID(text: slot["id"].string ?? ""))
        let id = programme.hub.create(
            Schema.booking, in: scope,
            values: [
                Fields.Booking.slot: .reference(slotID), Fields.Booking.topic: .text("Joinery"),
                Fields.Booking.openRequest: .reference(try #require(RecordID(text: request))),
            ])
        programme.hub.rule(on: id, act: id, in: scope, state: .confirmed, slot: slotID)
        try await ana.sync()
        return id.text
    }

    @Test func requestIsShownUntilABookingComesOfIt() async throws {
        let made = try await ask("--topic", "joinery", "--note", "A chair")
        #expect(made["mentor"].isNull && made["slot"].isNull)
        #expect(made["state"].string == "requested")
        #expect(made["pending"].bool == true)
        #expect(made["note"].string == "A chair")
        let id = try #require(made["id"].string)
        #expect(made["openRequest"].string == id)
        let text = try await ana.expect(.success, "booking", "list").output
        #expect(text.contains("any between") && text.contains("joinery"))
        #expect(try await ana.json("status")["waiting"].int == 1)
        #expect(try await ana.json("booking", "list", "--state", "requested").items.count == 1)
        #expect(try await ana.json("booking", "list", "--state", "confirmed").items.isEmpty)
        let sheet = try await ana.expect(.success, "booking", "show", id).output
        #expect(sheet.contains("the hub has not ruled yet"))

        try await ana.sync()
        let booking = try await answer(id)
        let listed = try await ana.json("booking", "list")
        #expect(listed.items.map { $0["id"].string } == [booking])
        #expect(listed[0]["openRequest"].string == id)
        #expect(try await ana.json("status")["waiting"].int == 0)
        // Its own id still names it.
        let shown = try await ana.json("booking", "show", id)
        #expect(shown["id"].string == booking)
        #expect(shown["state"].string == "confirmed")
        #expect(shown["history"][0]["by"].string == ana.member.text)
        let cancelled = try await ana.json("booking", "cancel", id)
        #expect(cancelled["id"].string == booking)
        #expect(cancelled["state"].string == "requested")
    }

    /// The keys are those of a booking, so that scripts need not tell the two apart.
    @Test func jsonHasTheKeysOfABooking() async throws {
        let request = try await ask("--topic", "Joinery")
        let id = try #require(request["id"].string)
        try await ana.sync()
        _ = try await answer(id)
        let booking = try await ana.json("booking", "show", id)
        #expect(request.keys == booking.keys)
        #expect(request["history"][0].keys == booking["history"][0].keys)
    }

    @Test func mentorAndParticipantAreToldOfIt() async throws {
        let id = try #require(try await ask("--topic", "Joinery")["id"].string)
        try await ana.sync()
        _ = try await answer(id)
        try await mara.sync()
        let told = try await mara.json("notification", "list")
        #expect(told.items.map { $0["kind"].string } == ["request"])
        #expect(told[0]["text"].string?.hasPrefix("Ana booked a meeting with you") == true)
        let own = try await ana.json("notification", "list")
        #expect(own.items.map { $0["kind"].string } == ["verdict"])
        #expect(own[0]["text"].string?.contains("is confirmed") == true)
    }

    @Test func whoCannotBeHelpedIsToldWhy() async throws {
        let id = try #require(try await ask("--topic", "Joinery")["id"].string)
        try await ana.sync()
        programme.hub.set(
            Fields.OpenRequest.reason, of: try #require(RecordID(text: id)), Schema.openRequest,
            in: .own(ana.member), to: .integer(VerdictReason.nobodyFree.rawValue))
        try await ana.sync()
        let shown = try await ana.json("booking", "show", id)
        #expect(shown["state"].string == "refused")
        #expect(shown["reason"].string == "nobodyFree")
        #expect(shown["pending"].bool == false)
        let told = try await ana.json("notification", "list")
        #expect(
            told.items.map { $0["text"].string } == [
                "Nothing came of your request “Joinery”: no mentor who offers this has time then."
            ])
        try await ana.expect(.refused, "booking", "cancel", id)
        // Asking again is another request.
        _ = try await ask("--topic", "Joinery")
    }

    @Test func requestIsTakenBackBeforeTheHubHasRuled() async throws {
        let id = try #require(try await ask("--topic", "Joinery")["id"].string)
        let again = await ana.run([
            "booking", "request", "--any-mentor", "--topic", "JOINERY", "--until", "2026-06-09",
            "--json",
        ])
        #expect(try again.json["error"]["code"].string == "alreadyRequested")
        let approved = await ana.run(["booking", "approve", id, "--json"])
        #expect(try approved.json["error"]["code"].string == "wrongState")
        let cancelled = try await ana.json("booking", "cancel", id)
        #expect(cancelled["state"].string == "cancelled")
        #expect(try await ana.json("status")["waiting"].int == 0)
        try await ana.expect(.refused, "booking", "cancel", id)
        _ = try await ask("--topic", "Joinery")
    }

    /// Whoever erases one of the two does not mean the words to stay in the other.
    @Test(arguments: [true, false])
    func requestAndItsBookingAreErasedTogether(namesRequest: Bool) async throws {
        let id = try #require(try await ask("--topic", "Joinery", "--note", "A chair")["id"].string)
        try await ana.sync()
        let booking = try await answer(id)
        try await ana.expect(.success, "erase", namesRequest ? id : booking)
        let path = programme.folder + "/all"
        try await ana.expect(.success, "export", "--to", path)
        for name in ["booking", "openRequest"] {
            let lines = try String(contentsOfFile: "\(path)/\(name).jsonl", encoding: .utf8)
            #expect(!lines.contains("Joinery") && !lines.contains("A chair"))
        }
    }

    /// The hub had found somebody when it heard that the request was taken back.
    @Test func historySaysWhoTookItBack() async throws {
        let id = try #require(try await ask("--topic", "Joinery")["id"].string)
        try await ana.sync()
        let request = try #require(RecordID(text: id))
        let booking = try #require(RecordID(text: try await answer(id)))
        programme.hub.rule(
            on: booking, act: request, in: .pair(mentor: mara.member, participant: ana.member),
            state: .cancelled)
        try await ana.sync()
        let shown = try await ana.json("booking", "show", id)
        #expect(shown["state"].string == "cancelled")
        #expect(
            shown["history"].items.map { $0["act"].string } == [
                "request", "confirmed", "cancel", "cancelled",
            ])
        #expect(shown["history"][2]["by"].string == ana.member.text)
    }

    @Test func oddRequestsGetAHint() async throws {
        let mentors = await mara.run([
            "booking", "request", "--any-mentor", "--topic", "Joinery", "--until", "2026-06-10",
            "--json",
        ])
        #expect(mentors.status == MemberHome.Outcome.notAllowed.rawValue)
        let unknown = await ana.run([
            "booking", "request", "--any-mentor", "--topic", "Fishing", "--until", "2026-06-10",
        ])
        #expect(unknown.status == MemberHome.Outcome.success.rawValue)
        #expect(unknown.errors.contains("No mentor offers this"))
        let past = await ana.run([
            "booking", "request", "--any-mentor", "--topic", "Joinery", "--until", "2026-05-10",
            "--json",
        ])
        #expect(try past.json["error"]["code"].string == "endBeforeStart")
        for words in [
            ["--any-mentor", "--until", "2026-06-10"], ["--any-mentor", "--topic", "Joinery"],
            ["--any-mentor", "--topic", "Joinery", "--until", "2026-06-10", "--mentor", "Mara"],
        ] {
            #expect(
                await ana.run(["booking", "request"] + words).status
                    == MemberHome.Outcome.usage.rawValue)
        }
    }
}

import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct EraseCommandTests {
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

    @Test func whatIsErasedIsGoneHereAtOnce() async throws {
        let entry = try await ana.json("journal", "write", "Secret words", "--title", "Secret")
        let id = try #require(entry["id"].string)
        let erased = try await ana.json("erase", String(id.prefix(6)))
        #expect(erased.keys == ["id", "entity", "erased", "pending", "remaining"])
        #expect(erased["id"].string == id)
        #expect(erased["entity"].string == "journalEntry")
        #expect(try await ana.json("journal", "list").items.isEmpty)
        #expect(try await ana.json("journal", "search", "Secret").items.isEmpty)
        try await ana.expect(.refused, "journal", "show", id)
        // Nothing brings it back, and the command says so.
        #expect(try await ana.expect(.refused, "undo").errors.contains("gone for good"))
    }

    @Test func aMembersAddressGoesWithTheProfile() async throws {
        try await ana.json("profile", "set", "--phone", "030 1234", "--bio", "All about me")
        try await ana.json("erase", ana.member.text)
        let profile = try await ana.json("profile", "show")
        #expect(profile["phone"].string == nil)
        #expect(profile["bio"].string == nil)
        // Who knows of it may write again.
        try await ana.json("profile", "set", "--bio", "A new beginning")
        #expect(try await ana.json("profile", "show")["bio"].string == "A new beginning")
    }

    @Test func othersMayNot() async throws {
        try await ana.json("task", "add", "Read")
        try await ana.sync()
        try await mentor.sync()
        let id = try #require(try await mentor.json("task", "list")[0]["id"].string)
        try await mentor.expect(.notAllowed, "erase", id)
        #expect(try await mentor.json("task", "list").items.count == 1)
    }

    @Test func whatIsErasedAlreadyIsNotErasedAgain() async throws {
        let entry = try await ana.json("journal", "write", "Secret words")
        let id = try #require(entry["id"].string)
        try await ana.json("erase", id)
        let again = try await ana.expect(.refused, "erase", id)
        #expect(again.errors.contains("is erased already"))
        try await ana.sync()
        let unsent = try await ana.json("status")["unsent"]["changes"].int
        #expect(unsent == 0)
        try await ana.expect(.refused, "erase", id)
    }

    /// The reasons that one gave go with a booking; what somebody else said stays and is named.
    @Test func whatWasSaidOfABookingIsErasedOrNamed() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-04 10:00", "--duration", "45m")
        let slotID = try #require(slot["id"].string ?? slot[0]["id"].string)
        try await mentor.sync()
        try await ana.sync()
        let booking = try await ana.json("booking", "request", slotID, "--note", "Secret note")
        let id = try #require(booking["id"].string)
        try await ana.json("booking", "cancel", id, "--reason", "Secret reason")
        let erased = try await ana.json("erase", id)
        #expect(erased["remaining"].items.isEmpty)
        let shown = await ana.run(["booking", "show", id])
        #expect(!shown.output.contains("Secret"), "\(shown.output)")
    }

    @Test func commentsOnATaskStayAndAreNamed() async throws {
        let task = try await ana.json("task", "add", "Read")
        let id = try #require(task["id"].string)
        try await ana.sync()
        try await mentor.sync()
        let comment = try await mentor.json("feedback", "on", id, "--comment", "Well done")
        try await mentor.sync()
        try await ana.sync()
        let erased = try await ana.json("erase", id)
        #expect(erased["remaining"].items.map(\.string) == [comment["id"].string])
    }

    /// Nothing of one's own goes in silence.
    @Test func whoWroteItIsTold() async throws {
        let admin = try await programme.home(of: "Ada", as: .admin)
        let entry = try await ana.json("journal", "write", "Words", "--share")
        let id = try #require(entry["id"].string)
        try await ana.sync()
        try await admin.sync()
        try await admin.json("erase", id)
        try await admin.sync()
        try await ana.sync()
        let told = try await ana.json("notification", "list").items
        let notification = try #require(told.first { $0["kind"].string == "erased" })
        #expect(notification["record"].string == id)
        let text = notification["text"].string ?? ""
        #expect(text.hasPrefix("Ada erased the journal entry"), "\(text)")
    }

    /// What its author has taken back is theirs alone; whoever erases it all the same is told.
    @Test func whatWasTakenBackIsErasedOnlyKnowingly() async throws {
        let admin = try await programme.home(of: "Ada", as: .admin)
        let entry = try await ana.json("journal", "write", "Words", "--share")
        let id = try #require(entry["id"].string)
        try await ana.sync()
        try await admin.sync()
        try await ana.json("journal", "unshare", id)
        try await ana.sync()
        try await admin.sync()
        let refused = try await admin.expect(.refused, "erase", id)
        #expect(refused.errors.contains("its author's alone again"))
        try await admin.json("erase", id, "--yes")
    }

    @Test func aSlotHoldsNoTexts() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-04 10:00", "--duration", "45m")
        let id = try #require(slot["id"].string ?? slot[0]["id"].string)
        let refused = try await mentor.expect(.refused, "erase", id)
        #expect(refused.errors.contains("holds nothing that could be erased"))
    }
}

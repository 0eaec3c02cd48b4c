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
        #expect(erased.keys == ["id", "entity", "erased", "pending"])
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

    @Test func aSlotHoldsNoTexts() async throws {
        let slot = try await mentor.json("slot", "add", "2027-01-04 10:00", "--duration", "45m")
        let id = try #require(slot["id"].string ?? slot[0]["id"].string)
        let refused = try await mentor.expect(.refused, "erase", id)
        #expect(refused.errors.contains("holds nothing that could be erased"))
    }
}

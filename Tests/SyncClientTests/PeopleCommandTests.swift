import Model
import Testing

@testable import SyncClient

@Suite struct PeopleCommandTests {
    private let harness: CommandHarness
    private let ada: MemberHome
    private let mia: MemberHome
    private let ben: MemberHome

    init() async throws {
        harness = try CommandHarness()
        ada = try await harness.home(of: "Ada", as: .admin)
        mia = try await harness.home(of: "Mia", as: .mentor)
        ben = try await harness.home(of: "Ben", as: .participant)
        try await harness.sync("Ada", "Mia", "Ben")
    }

    // MARK: Profile

    @Test func profileSetChangesWhatIsGivenAndClearsWhatIsEmpty() async throws {
        let set = try await mia.json(
            "profile", "set", "--name", "Mia Maier", "--bio", "Maps", "--time-zone",
            "Africa/Nairobi", "--location", "Nairobi", "--phone", "12 34")
        #expect(set["name"].string == "Mia Maier")
        #expect(set["bio"].string == "Maps")
        #expect(set["timeZone"].string == "Africa/Nairobi")
        #expect(set["location"].string == "Nairobi")
        #expect(set["phone"].string == "12 34")
        #expect(set["email"].string == "mia@example.org")
        let cleared = try await mia.json("profile", "set", "--bio", "")
        #expect(cleared["bio"].isNull)
        #expect(cleared["location"].string == "Nairobi")
    }

    @Test func theProfilesTimeZoneIsTheOneThatTimesAreShownIn() async throws {
        try await mia.expect(.success, "profile", "set", "--time-zone", "Asia/Tokyo")
        let result = try await mia.expect(
            .success, "invite", "participant", "--email", "c@example.org")
        #expect(result.errors.contains("19:00 (Asia/Tokyo)"))
    }

    @Test func aProfileWithNothingToChangeIsWrongUsage() async throws {
        try await mia.expect(.usage, "profile", "set")
        let result = await harness.run(
            "Mia", "profile", "set", "--time-zone", "Mars/Base", "--json")
        #expect(result.status == 64)
        #expect(result.errorCode == "invalidTimeZone")
        try await mia.expect(.usage, "profile", "set", "--name", " ")
    }

    @Test func bioComesFromStandardInputForAHyphen() async throws {
        try await mia.expect(.success, "profile", "set", "--bio", "-", input: "Two\nlines\n")
        #expect(try await mia.json("profile", "show")["bio"].string == "Two\nlines")
    }

    @Test func controlCharactersOfOthersAreShownEscaped() async throws {
        try await mia.expect(.success, "profile", "set", "--bio", "\u{1B}[2Jgone")
        try await harness.sync("Mia", "Ben")
        let result = try await ben.expect(.success, "profile", "show", "Mia")
        #expect(result.output.contains("\\u{1B}[2Jgone"))
        #expect(!result.output.contains("\u{1B}"))
    }

    // MARK: Members

    @Test func membersAreListedByRoleAndText() async throws {
        let all = try await ben.json("member", "list")
        #expect(all.items.count == 3)
        #expect(all[0].keys.isSuperset(of: ["id", "name", "email", "role"]))
        let mentors = try await ben.json("member", "list", "--role", "mentor")
        #expect(mentors.items.compactMap { $0["name"].string } == ["Mia"])
        let found = try await ben.json("member", "list", "--search", "MÍA")
        #expect(found.items.count == 1)
        let bad = await harness.run("Ben", "member", "list", "--role", "boss", "--json")
        #expect(bad.status == 64)
        #expect(bad.errorCode == "invalidRole")
    }

    @Test func membersAreFoundByIDEMailAndName() async throws {
        let id = mia.member.text
        for who in [id, String(id.prefix(8)), id.uppercased(), "mia@example.org", "mia", "Mia"] {
            #expect(try await ada.json("member", "show", who)["id"].string == id)
        }
    }

    @Test func aMemberWhoCannotBeMeantIsNamed() async throws {
        let unknown = await harness.run("Ben", "member", "show", "Zoe", "--json")
        #expect(unknown.status == 1)
        #expect(unknown.errorCode == "unknownMember")
        try await ben.expect(.usage, "member", "show", String("abc"))
        try await harness.home(of: "Mia2", as: .mentor)
            .expect(.success, "profile", "set", "--name", "mia")
        try await harness.sync("Mia2", "Ben")
        let ambiguous = await harness.run("Ben", "member", "show", "Mia", "--json")
        #expect(ambiguous.status == 1)
        #expect(ambiguous.errorCode == "ambiguousMember")
        #expect(ambiguous.errors.contains(mia.member.text))
    }

    // MARK: Mentorships

    @Test func adminsAssignMentorsEndAndStage() async throws {
        let made = try await ada.json("mentorship", "assign", "Mia", "Ben")
        #expect(made["mentor"].string == mia.member.text)
        #expect(made["participant"].string == ben.member.text)
        #expect(made["state"].string == "active")
        #expect(made["stage"].isNull)
        let id = try #require(made["id"].string)
        let twice = await harness.run("Ada", "mentorship", "assign", "Mia", "Ben", "--json")
        #expect(twice.errorCode == "alreadyAssigned")
        try await harness.sync("Ada", "Mia", "Ben")

        let staged = try await mia.json("mentorship", "stage", String(id.prefix(8)), "Week two")
        #expect(staged["stage"].string == "Week two")
        let ended = try await mia.json("mentorship", "end", id)
        #expect(ended["state"].string == "ended")
        let again = await harness.run("Mia", "mentorship", "end", id, "--json")
        #expect(again.errorCode == "alreadyEnded")
        #expect(try await mia.json("mentorship", "list")[0]["state"].string == "ended")
    }

    @Test func othersAreToldWhoMay() async throws {
        try await mia.expect(.notAllowed, "mentorship", "assign", "Mia", "Ben")
        let wrong = await harness.run("Ada", "mentorship", "assign", "Ben", "Mia", "--json")
        #expect(wrong.status == 1)
        #expect(wrong.errorCode == "wrongRole")
        let made = try await ada.json("mentorship", "assign", "Mia", "Ben")
        let id = try #require(made["id"].string)
        try await harness.sync("Ada", "Ben")
        try await ben.expect(.notAllowed, "mentorship", "stage", id, "Mine")
        try await ben.expect(.notAllowed, "mentorship", "end", id)
    }
}

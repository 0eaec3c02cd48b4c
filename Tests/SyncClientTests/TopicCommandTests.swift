import Model
import TestSupport
import Testing

@testable import SyncClient

/// The programme's list of topics, which mentors extend.
@Suite struct TopicCommandTests {
    private let programme: CommandHarness
    private let mara: MemberHome
    private let tom: MemberHome
    private let ana: MemberHome

    init() async throws {
        programme = try CommandHarness()
        mara = try await programme.home(of: "Mara", as: .mentor)
        tom = try await programme.home(of: "Tom", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
    }

    private func topics(_ home: MemberHome) async throws -> [String?] {
        try await home.json("topic", "list").items.map { $0["topic"].string }
    }

    @Test func mentorsAddTopicsThatAllSee() async throws {
        let added = try await mara.json("topic", "add", "CV review")
        #expect(added["topic"].string == "CV review")
        #expect(added["mentors"].int == 0)
        try await mara.sync()
        try await ana.sync()
        #expect(try await topics(ana) == ["CV review"])
        try await ana.expect(.notAllowed, "topic", "add", "Swimming")
        let known = await mara.run(["topic", "add", "cv  REVIEW", "--json"])
        #expect(try known.json["error"]["code"].string == "topicKnown")
    }

    /// Two who add it without knowing of each other, and an offer of it, make one topic.
    @Test func oneTopicHoweverItIsWritten() async throws {
        try await mara.expect(.success, "topic", "add", "CV review")
        try await tom.expect(.success, "topic", "add", "cv review")
        try await tom.expect(.success, "offer", "add", " Cv Review ", "--duration", "30m")
        for home in [mara, tom, mara] { try await home.sync() }
        #expect(try await topics(mara).count == 1)
        #expect(try await mara.json("topic", "list")[0]["mentors"].int == 1)
    }

    @Test func topicIsChangedByWhoAddedIt() async throws {
        try await mara.expect(.success, "topic", "add", "Joinery")
        try await mara.sync()
        try await tom.sync()
        try await tom.expect(.notAllowed, "topic", "rename", "Joinery", "Doors")
        try await tom.expect(.notAllowed, "topic", "delete", "joinery")
        #expect(
            try await mara.json("topic", "rename", "joinery", "Doors")["topic"].string == "Doors")
        try await mara.expect(.success, "topic", "delete", "doors")
        #expect(try await topics(mara).isEmpty)
        try await mara.expect(.success, "undo")
        #expect(try await topics(mara) == ["Doors"])
        let unknown = await mara.run(["topic", "delete", "Fishing", "--json"])
        #expect(try unknown.json["error"]["code"].string == "unknownID")
    }

    @Test func topicThatIsOnlyOfferedIsItsMentors() async throws {
        try await mara.expect(.success, "offer", "add", "Joinery", "--duration", "30m")
        let result = await mara.run(["topic", "delete", "Joinery", "--json"])
        #expect(try result.json["error"]["code"].string == "topicOfOffers")
        // It can be put on the list besides.
        try await mara.expect(.success, "topic", "add", "Joinery")
        try await mara.expect(.success, "topic", "delete", "Joinery")
        #expect(try await topics(mara) == ["Joinery"])
    }
}

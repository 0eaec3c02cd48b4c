import Model
import Testing

@testable import Replica

@Suite struct JournalSearchTests {
    private let harness: ReplicaHarness
    private let replica: Replica
    private let now = ClaimedTime(milliseconds: 3_000_000)

    init() throws {
        harness = try ReplicaHarness()
        replica = try harness.join("Ana", as: .participant)
    }

    private func find(_ query: String, limit: Int = 20) throws -> [JournalSearch.Hit] {
        guard let search = JournalSearch(query) else { return [] }
        return try replica.read { try $0.searchJournal(search, limit: limit) }
    }

    @Test func findsWordsWhateverTheirCaseAndAccents() throws {
        let id = try replica.writeEntry("At the Café with José, très bon.", at: now)
        for query in ["cafe", "CAFÉ", "cafe\u{301}", "jose tres", "Jos"] {
            #expect(try find(query).map(\.id) == [id], "\(query)")
        }
        #expect(try find("coffee").isEmpty)
    }

    @Test func typographicApostropheIsNoObstacle() throws {
        let id = try replica.writeEntry("I don’t know what “fulness of time” means.", at: now)
        for query in ["don't", "don’t", "\"fulness of time\"", "“fulness of time”"] {
            #expect(try find(query).map(\.id) == [id], "\(query)")
        }
        #expect(try find("\"time of fulness\"").isEmpty)
    }

    @Test func onlyTheLastWordMayGoOn() throws {
        let id = try replica.writeEntry("Supped at my father’s house.", at: now)
        #expect(try find("supped hou").map(\.id) == [id])
        #expect(try find("sup house").isEmpty)
        #expect(try find("\"hou\"").isEmpty)
    }

    @Test(arguments: [
        "title:secret", "secret OR nothing", "secret NOT plan", "NEAR(secret plan)", "secr* AND",
        "\"secret", "secret\"", "(secret", "secret)", "^secret", "{title body}: secret",
        "secret + plan", "-secret", "a\"\u{301}b secret", "secret\0plan",
        "secret ; DROP TABLE task",
    ])
    func nothingInAQueryIsSyntax(_ query: String) throws {
        try replica.writeEntry("The secret plan.", at: now)
        // It must neither fail nor be understood as an operator.
        let found = try find(query)
        let hasForeignWord = ["OR", "NOT", "NEAR", "AND", "title", "DROP", "b"]
            .contains { query.contains($0) }
        #expect(found.count == (hasForeignWord ? 0 : 1), "\(query)")
    }

    @Test(arguments: ["", "   ", "\"\"", "— … !", "“”", "\0"])
    func queryWithoutWordsIsNone(_ query: String) {
        #expect(JournalSearch(query) == nil)
    }

    @Test func bestComesFirstAndTheLimitHolds() throws {
        let often = try replica.writeEntry("turkey turkey turkey for dinner", at: now)
        let once = try replica.writeEntry(
            "turkey and " + String(repeating: "something else ", count: 40), at: now)
        let titled = try replica.writeEntry("dinner at home", title: "Turkey", at: now)
        #expect(try find("turkey").map(\.id) == [titled, often, once])
        #expect(try find("turkey", limit: 1).map(\.id) == [titled])
    }

    @Test func snippetMarksTheWords() throws {
        let filler = String(repeating: "word ", count: 100)
        try replica.writeEntry(filler + "the great fire of London " + filler, at: now)
        let hit = try #require(try find("fire").first)
        #expect(hit.snippet.filter(\.isMatch).map(\.text) == ["fire"])
        #expect(hit.snippetText.contains("great fire of London"))
        #expect(hit.snippetText.count < 200)
        #expect(hit.date == "2026-12-01")
    }

    @Test func deletedAndEditedTextIsNotFound() throws {
        let deleted = try replica.writeEntry("oranges", at: now)
        let edited = try replica.writeEntry("oranges too", at: now)
        let scope = Scope.own(replica.member)
        try replica.act("journal delete", at: now) { action in
            action.delete(deleted, Schema.journalEntry, in: scope)
        }
        try replica.act("journal edit", at: now) { action in
            try action.set(
                Fields.JournalEntry.body, of: edited, Schema.journalEntry, in: scope,
                to: .text("lemons"))
        }
        #expect(try find("oranges").isEmpty)
        #expect(try find("lemons").map(\.id) == [edited])
    }

    @Test func sharedEntryIsFoundOnce() throws {
        let id = try replica.writeEntry("pears", at: now)
        try replica.act("journal share", at: now) { action in
            try action.move(
                id, Schema.journalEntry, from: .own(replica.member),
                to: .participant(replica.member))
        }
        #expect(try find("pears").map(\.id) == [id])
    }
}

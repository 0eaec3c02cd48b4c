import Foundation
import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct JournalCommandTests {
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

    private func write(_ text: String, _ options: String...) async throws -> String {
        let run = await ana.run(["journal", "write", text, "--json"] + options)
        return try #require(try run.json["id"].string)
    }

    @Test func writtenEntryHasAllItsKeys() async throws {
        let run = await ana.run([
            "journal", "write", "It rained.", "--title", "Rain", "--date", "1660-01-11", "--tag",
            "b", "--tag", "a", "--tag", "b", "--json",
        ])
        let entry = try run.json
        #expect(
            entry.keys.isSuperset(of: [
                "id", "title", "body", "date", "tags", "shared", "author", "createdAt",
                "updatedAt",
            ]))
        #expect(entry["title"].string == "Rain")
        #expect(entry["body"].string == "It rained.")
        #expect(entry["date"].string == "1660-01-11")
        #expect(entry["tags"].items.map(\.string) == ["a", "b"])
        #expect(entry["shared"].bool == false)
        #expect(entry["author"].string == ana.member.text)
        #expect(entry["createdAt"].string == "2026-06-01T10:00:00Z")
        #expect(run.errors.contains("An admin of the hub could read private entries"))
    }

    @Test func textComesFromStandardInput() async throws {
        let entry = try await ana.json("journal", "write", "-", input: "One\nTwo\n")
        #expect(entry["body"].string == "One\nTwo")
        #expect(entry["date"].string == "2026-06-01")
        try await ana.expect(.usage, "journal", "write")
        try await ana.expect(.usage, "journal", "write", "x", "--date", "2027-02-30")
    }

    @Test func listIsFilteredAndTheLatestDayComesFirst() async throws {
        _ = try await write("one", "--date", "2026-01-01", "--tag", "x")
        _ = try await write("two", "--date", "2026-01-02")
        _ = try await write("three", "--date", "2026-01-03", "--tag", "x")
        func bodies(_ arguments: String...) async -> [String?] {
            JSONRead(await ana.run(["journal", "list", "--json"] + arguments).output).items
                .map { $0["body"].string }
        }
        #expect(await bodies() == ["three", "two", "one"])
        #expect(await bodies("--tag", "x") == ["three", "one"])
        #expect(await bodies("--tag", "x", "--limit", "1") == ["three"])
        #expect(await bodies("--from", "2026-01-02", "--to", "2026-01-02") == ["two"])
        #expect(await bodies("--limit", "2") == ["three", "two"])
        #expect(await bodies("--author", "Mara") == [])
        try await ana.expect(.usage, "journal", "list", "--limit", "0")
    }

    @Test func editingKeepsWhatIsNotNamed() async throws {
        let id = try await write("Text", "--title", "Title", "--tag", "old")
        let edited = try await ana.json(
            "journal", "edit", id, "--body", "-", "--add-tag", "new", "--remove-tag", "old",
            input: "New text")
        #expect(edited["body"].string == "New text")
        #expect(edited["title"].string == "Title")
        #expect(edited["tags"].items.map(\.string) == ["new"])
        #expect(try await ana.json("journal", "edit", id, "--title", "")["title"].isNull)
        try await ana.expect(.usage, "journal", "edit", id)
    }

    @Test func sharingNamesTheReadersAndBringsTheEntryToThem() async throws {
        let id = try await write("Private at first")
        try await ana.sync()
        try await mentor.sync()
        try await mentor.expect(.refused, "journal", "show", id)
        let shared = await ana.run(["journal", "share", id, "--json"])
        #expect(try shared.json["shared"].bool == true)
        #expect(try shared.json["id"].string == id)
        #expect(shared.errors.contains("Mara"))
        #expect(shared.errors.contains("admins"))
        try await ana.expect(.refused, "journal", "share", id)
        let undo = try await ana.expect(.refused, "undo")
        #expect(undo.errors.contains("waymark journal unshare"))
        try await ana.sync()
        try await mentor.sync()
        let seen = try await mentor.json("journal", "show", id)
        #expect(seen["body"].string == "Private at first")
        #expect(seen["author"].string == ana.member.text)
        try await mentor.expect(.notAllowed, "journal", "edit", id, "--title", "Mine")
        try await mentor.expect(.notAllowed, "journal", "delete", id)
        #expect(try await ana.json("journal", "unshare", id)["shared"].bool == false)
        try await ana.expect(.refused, "journal", "unshare", id)
        try await ana.sync()
        try await mentor.sync()
        try await mentor.expect(.refused, "journal", "show", id)
        #expect(try await ana.json("journal", "share", id)["shared"].bool == true)
    }

    @Test func onlyParticipantsShare() async throws {
        try await mentor.expect(.notAllowed, "journal", "write", "x", "--share")
        let entry = try await mentor.json("journal", "write", "x")
        try await mentor.expect(
            .notAllowed, "journal", "share", try #require(entry["id"].string))
        #expect(
            try await ana.json("journal", "write", "x", "--share")["shared"].bool == true)
    }

    @Test func deletedEntryComesBackByUndo() async throws {
        let id = try await write("Text")
        try await ana.json("journal", "delete", id)
        #expect(try await ana.json("journal", "list").items.isEmpty)
        try await ana.expect(.success, "undo")
        #expect(try await ana.json("journal", "show", id)["body"].string == "Text")
    }

    @Test func searchFindsAndShowsWhere() async throws {
        let id = try await write("I don’t like the café.", "--title", "Lunch")
        _ = try await write("Something else.")
        let hits = try await ana.json("journal", "search", "don't CAFE")
        #expect(hits.items.map { $0["id"].string } == [id])
        #expect(hits[0].keys.isSuperset(of: ["id", "date", "title", "snippet"]))
        #expect(hits[0]["snippet"].string?.contains("café") == true)
        #expect(try await ana.json("journal", "search", "nowhere").items.isEmpty)
        try await ana.expect(.usage, "journal", "search", "…")
        let text = try await ana.expect(.success, "journal", "search", "lunch")
        #expect(text.output.contains(id.prefix(8)))
    }

    /// What people type is read by the clock that they see; the rest by the hub's.
    @Test func todayIsTodayByTheHubsClock() async throws {
        programme.now += 3 * 86_400_000
        try await ana.sync()
        let entry = try await ana.json("journal", "write", "Now")
        #expect(entry["date"].string == "2026-06-01")
        #expect(entry["createdAt"].string?.hasPrefix("2026-06-01T10:00:0") == true)
        let dated = try await ana.json("journal", "write", "Typed", "--date", "2026-06-04")
        #expect(dated["date"].string == "2026-06-04")
        try await ana.json("journal", "import", "-", input: #"{"date":"1660-01-01","body":"Old"}"#)
        let imported = try await ana.json("journal", "list", "--to", "1660-12-31")[0]
        #expect(imported["createdAt"].string?.hasPrefix("2026-06-01T10:00:0") == true)
        programme.reboot()
        #expect(try await ana.json("journal", "write", "Later")["date"].string == "2026-06-04")
    }

    @Test func anExportKeepsWhatIsThere() async throws {
        try await ana.json("journal", "write", "Now")
        let path = programme.path("journal.md")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        let run = await ana.run(["journal", "export", "--to", path, "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "fileExists")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test func unsharingPromisesNothingAboutTheHistory() async throws {
        let entry = try await ana.json("journal", "write", "Ours", "--share")
        let id = try #require(entry["id"].string)
        let run = try await ana.expect(.success, "journal", "unshare", id)
        #expect(run.errors.contains("a mentor who is appointed later"))
    }
}

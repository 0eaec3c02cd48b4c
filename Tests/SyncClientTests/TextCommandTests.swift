import Model
import TestSupport
import Testing

@testable import SyncClient

/// Texts that two people edit at the same time, as commands show them.
@Suite struct TextCommandTests {
    private let programme: CommandHarness
    private let mentor: MemberHome
    private let ana: MemberHome
    private let task: String

    init() async throws {
        programme = try CommandHarness()
        mentor = try await programme.home(of: "Mara", as: .mentor)
        ana = try await programme.home(of: "Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ana.member)
        try await mentor.sync()
        try await ana.sync()
        let created = try await ana.json(
            "task", "add", "Plan", "--details", "Read one chapter today.")
        task = try #require(created["id"].string)
        try await ana.sync()
        try await mentor.sync()
    }

    private func edit(_ home: MemberHome, _ text: String) async throws {
        try await home.json("task", "edit", task, "--details", text)
    }

    private func details(_ home: MemberHome) async throws -> String? {
        try await home.json("task", "show", task)["details"].string
    }

    private func syncAll() async throws {
        try await mentor.sync()
        try await ana.sync()
        try await mentor.sync()
    }

    @Test func editsOfBothStay() async throws {
        try await edit(mentor, "Read one chapter today. Call me.")
        try await edit(ana, "Read one long chapter today.")
        try await syncAll()
        for home in [mentor, ana] {
            #expect(try await details(home) == "Read one long chapter today. Call me.")
            #expect(try await home.json("conflict", "list").items.isEmpty)
        }
        let changes = try await ana.json("status")["changes"]
        #expect(changes["merged"].int ?? 0 >= 2)
        #expect(changes["siblings"].int == 0)
    }

    @Test func historyShowsTheWords() async throws {
        try await edit(ana, "Read one long chapter today.")
        let entry = try #require(try await ana.json("history", task).items.last)
        #expect(entry["field"].string == "details")
        #expect(entry["from"].string == "Read one chapter today.")
        #expect(entry["to"].string == "Read one long chapter today.")
        #expect(entry["version"].string?.count == 16)
        #expect(entry["sameTimeAs"].items.isEmpty)
        let words = entry["words"].items
        #expect(words.count == 1)
        #expect(words.first?["at"].int == 9)
        #expect(words.first?["deleted"].string == "")
        #expect(words.first?["inserted"].string == "long ")
        let table = try await ana.expect(.success, "history", task)
        #expect(table.output.contains("VERSION"))
        // The changed words alone, not the text.
        #expect(!table.output.contains("Read one long"))
    }

    /// A long difference stands below its row, with a line of marks, and nothing of it is cut.
    @Test func historyCutsNothing() async throws {
        let added = (1...30).map { "word\($0)" }.joined(separator: " ")
        try await edit(ana, "Read one \(added) chapter today.")
        try await edit(ana, "Read one \(added) chapter\ntoday.")
        try await ana.json("task", "edit", task, "--title", "Plan of \(added)")
        let table = try await ana.expect(.success, "history", task).output
        #expect(table.contains("          Read one {+\(added) +}chapter today."))
        #expect(table.contains("chapter[- -]{+¶+}\n          today."))
        #expect(table.contains("          Plan{+ of \(added)+}"))
    }

    @Test func wordsRewrittenByBothAreShownAndSettled() async throws {
        try await edit(mentor, "Read two chapter today.")
        programme.pass(untilMilliseconds: programme.now + 60_000)
        try await edit(ana, "Read three chapter today.")
        try await syncAll()
        for home in [mentor, ana] {
            let listed = try await home.json("conflict", "list")
            #expect(listed.items.map { $0["kind"].string } == ["rewrite"])
            let values = listed[0]["values"].items
            #expect(values.map { $0["shown"].bool } == [true, false, false])
            #expect(
                Set(values.dropFirst().compactMap { $0["value"].string }) == [
                    "Read two chapter today.", "Read three chapter today.",
                ])
            #expect(try await home.json("status")["conflicts"].int == 1)
            let text = try await home.expect(
                .success, "conflict", "show", listed[0]["id"].string ?? "")
            #expect(text.output.contains("at the same time"))
            #expect(text.output.contains("Read [-one-]{+two+} chapter today."))
            #expect(text.output.contains("Read [-one-]{+three+} chapter today."))
            #expect(
                text.output.contains("--keep 1, 2, 3, mine, theirs or the whole text in new words"))
        }
        let history = try await ana.json("history", task).items.suffix(2)
        let versions = history.compactMap { $0["version"].string }
        #expect(
            history.flatMap { $0["sameTimeAs"].items.compactMap(\.string) } == versions.reversed())
        let id = try #require(try await mentor.json("conflict", "list")[0]["id"].string)
        try await mentor.json("conflict", "resolve", id, "--keep", "theirs")
        try await syncAll()
        for home in [mentor, ana] {
            #expect(try await home.json("conflict", "list").items.isEmpty)
            #expect(try await details(home) == "Read three chapter today.")
        }
    }

    /// Of a long text the disputed lines alone, and of two versions that say the same one.
    @Test func disputedLinesAreShownAlone() async throws {
        let lines = (1...30).map { "Line number \($0)." }
        func with(_ changes: [Int: String]) -> String {
            lines.indices.map { changes[$0] ?? lines[$0] }.joined(separator: "\n")
        }
        try await edit(ana, with([:]))
        try await syncAll()
        try await edit(mentor, with([4: "Line number five.", 20: "The mentor's."]))
        try await edit(ana, with([12: "Ana's alone.", 20: "Ana's."]))
        try await syncAll()
        let listed = try await ana.json("conflict", "list")
        let id = try #require(listed[0]["id"].string)
        let shown = try await ana.expect(.success, "conflict", "show", id).output
        #expect(shown.contains("[-Line number-]{+The+} [-21-]{+mentor's+}."))
        #expect(shown.contains("[-Line number 21-]{+Ana's+}."))
        #expect(!shown.contains("alone"))
        #expect(!shown.contains("five"))
        #expect(
            shown.contains("Changes in other lines are not shown; see them with: waymark history"))
    }

    @Test func versionsThatSayTheSameAreNamedAsOne() async throws {
        for home in [mentor, ana] { try await edit(home, "Read three chapter today.") }
        try await syncAll()
        let id = try #require(try await ana.json("conflict", "list")[0]["id"].string)
        let shown = try await ana.expect(.success, "conflict", "show", id).output
        #expect(shown.contains("Read [-one-]{+three+} chapter today."))
        #expect(shown.contains("(the same as 2)"))
    }

    @Test func anyVersionCanBeShown() async throws {
        try await edit(ana, "Read it.")
        try await edit(ana, "Read all of it.")
        let history = try await ana.json("history", task).items.filter {
            $0["field"].string == "details"
        }
        for entry in history {
            let version = try #require(entry["version"].string)
            let shown = try await ana.json("task", "show", task, "--at", String(version.prefix(8)))
            #expect(shown["details"].string == entry["to"].string)
        }
        #expect(history.count == 3)
        // Nothing of today beside it.
        let second = try #require(history[1]["version"].string)
        try await ana.json("task", "done", task)
        let old = try await ana.json("task", "show", task, "--at", second)
        #expect(old["status"].string == "open")
        #expect(old["conflicts"].isNull)
        #expect(try await ana.json("task", "show", task)["status"].string == "done")
        let sheet = try await ana.expect(.success, "task", "show", task, "--at", second).output
        #expect(sheet.contains("version  \(second), of "))
        #expect(!sheet.contains("confirmed"))
        try await ana.expect(.usage, "task", "show", task, "--at", "abc")
        try await ana.expect(.refused, "task", "show", task, "--at", "yesterday")
        try await ana.expect(.refused, "task", "show", task, "--at", "0000")
    }

    @Test func journalEntriesCanBeShownAsTheyWere() async throws {
        let written = try await ana.json("journal", "write", "First thoughts", "--title", "Day")
        let id = try #require(written["id"].string)
        try await ana.json("journal", "edit", id, "--body", "Second thoughts", "--title", "Night")
        let first = try #require(
            try await ana.json("history", id).items.first { $0["to"].string == "First thoughts" })
        let version = try #require(first["version"].string)
        let shown = try await ana.json("journal", "show", id, "--at", version)
        #expect(shown["body"].string == "First thoughts")
        #expect(shown["title"].string == "Day")
        #expect(try await ana.json("journal", "show", id)["body"].string == "Second thoughts")
    }

    @Test func aSaveOfNothingNewIsSaid() async throws {
        let line = try await ana.expect(
            .success, "task", "edit", task, "--details", "Read one\nchapter today.")
        #expect(!line.errors.contains("Nothing has changed"))
        let ends = try await ana.expect(
            .success, "task", "edit", task, "--details", "Read one\r\nchapter today.")
        #expect(ends.errors.contains("Nothing has changed: the task says just that already."))
        let written = try await ana.json("journal", "write", "One\nTwo")
        let id = try #require(written["id"].string)
        let same = try await ana.expect(.success, "journal", "edit", id, "--body", "One\r\nTwo")
        #expect(same.errors.contains("Nothing has changed"))
        try await ana.json("profile", "set", "--bio", "Cats.")
        let bio = try await ana.expect(.success, "profile", "set", "--bio", "Cats.")
        #expect(bio.errors.contains("Nothing has changed"))
    }

    @Test func refusedTextCanBeRead() async throws {
        try await edit(ana, "Read nothing.")
        programme.hub.refuseNextBatch(.notAllowed)
        try await ana.sync()
        let items = try await ana.json("rejected", "list").items
        #expect(items.first?["values"]["details"].string == "nothing")
        #expect(try await details(ana) == "Read one chapter today.")
    }
}

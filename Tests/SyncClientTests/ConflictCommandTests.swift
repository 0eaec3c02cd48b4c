import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct ConflictCommandTests {
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
        let created = try await ana.json("task", "add", "Plan", "--details", "first")
        task = try #require(created["id"].string)
        try await ana.sync()
        try await mentor.sync()
    }

    private func syncAll() async throws {
        try await mentor.sync()
        try await ana.sync()
        try await mentor.sync()
    }

    /// Both write something else offline; returns the conflict's id.
    private func disagree() async throws -> String {
        try await mentor.json("task", "edit", task, "--title", "from the mentor")
        programme.pass(untilMilliseconds: programme.now + 60_000)
        try await ana.json("task", "edit", task, "--title", "from Ana")
        try await syncAll()
        return try #require(try await mentor.json("conflict", "list")[0]["id"].string)
    }

    private func details(_ home: MemberHome) async throws -> String? {
        try await home.json("task", "show", task)["details"].string
    }

    private func title(_ home: MemberHome) async throws -> String? {
        try await home.json("task", "show", task)["title"].string
    }

    @Test func conflictHasAllItsKeys() async throws {
        let id = try await disagree()
        let listed = try await ana.json("conflict", "list")
        #expect(listed.items.count == 1)
        let conflict = try await ana.json("conflict", "show", String(id.prefix(6)))
        #expect(
            conflict.keys.isSuperset(of: ["id", "record", "entity", "field", "kind", "values"]))
        #expect(conflict["record"].string == task)
        #expect(conflict["entity"].string == "task")
        #expect(conflict["field"].string == "title")
        #expect(conflict["kind"].string == "value")
        #expect(conflict["values"].items.map { $0["n"].int } == [1, 2])
        #expect(
            conflict["values"].items.map { $0["value"].string } == [
                "from Ana", "from the mentor",
            ])
        #expect(
            conflict["values"].items.map { $0["by"].string } == [
                ana.member.text, mentor.member.text,
            ])
        #expect(conflict["values"].items.map { $0["shown"].bool } == [true, false])
        let text = try await ana.expect(.success, "conflict", "show", id)
        #expect(text.output.contains("from the mentor"))
        #expect(text.output.contains("--keep 1, 2, mine, theirs or a new value"))
        // To somebody who wrote neither, nothing is offered that is refused.
        let admin = try await programme.home(of: "Ada", as: .admin)
        let other = try await admin.expect(.success, "conflict", "show", id)
        #expect(other.output.contains("--keep 1, 2 or a new value"))
    }

    @Test(arguments: [
        ("1", "from Ana"), ("2", "from the mentor"), ("mine", "from the mentor"),
        ("theirs", "from Ana"), ("a third text", "a third text"),
    ])
    func resolutionStandsEverywhere(_ keep: String, _ expected: String) async throws {
        let id = try await disagree()
        try await mentor.json("conflict", "resolve", id, "--keep", keep)
        try await syncAll()
        for home in [mentor, ana] {
            #expect(try await home.json("conflict", "list").items.isEmpty)
            #expect(try await title(home) == expected)
        }
        try await mentor.expect(.refused, "conflict", "show", id)
    }

    @Test func unclearChoicesAreRefused() async throws {
        let id = try await disagree()
        try await mentor.expect(.usage, "conflict", "resolve", id, "--keep", "3")
        try await mentor.expect(.usage, "conflict", "resolve", id, "--keep", "0")
        for signed in ["-1", "+2", "-10"] {
            let run = try await mentor.expect(
                .usage, "conflict", "resolve", id, "--keep", signed)
            #expect(run.errors.contains("no value \(signed)."))
            #expect(run.errors.contains("1 to 2"))
        }
        #expect(try await title(mentor) == "from Ana")
        let admin = try await programme.home(of: "Ada", as: .admin)
        for word in ["mine", "theirs"] {
            let run = await admin.run(["conflict", "resolve", id, "--keep", word, "--json"])
            #expect(run.status == 1)
            #expect(try run.json["error"]["code"].string == "ambiguousChoice")
        }
        try await mentor.expect(.usage, "conflict", "show", "abc")
        try await mentor.expect(.refused, "conflict", "show", "0000")
    }

    @Test func valuesOfTypedFieldsAreRead() async throws {
        try await mentor.json("task", "edit", task, "--due", "2027-01-20 10:00")
        try await ana.json("task", "edit", task, "--due", "2027-01-21 10:00")
        try await syncAll()
        let id = try #require(try await ana.json("conflict", "list")[0]["id"].string)
        try await ana.expect(.usage, "conflict", "resolve", id, "--keep", "someday")
        try await ana.json("conflict", "resolve", id, "--keep", "2027-01-22 10:00")
        let shown = try await ana.json("task", "show", task)
        #expect(shown["due"].string == "2027-01-22T10:00:00Z")
    }

    private func deleteWhileEdited() async throws -> String {
        try await mentor.json("task", "delete", task)
        try await ana.json("task", "edit", task, "--details", "still at work")
        try await syncAll()
        let conflict = try await mentor.json("conflict", "list")[0]
        #expect(conflict["kind"].string == "deletion")
        #expect(conflict["field"].string == "record")
        #expect(
            conflict["values"].items.map { $0["value"].string } == [
                "deleted", "still at work",
            ])
        #expect(conflict["values"].items.map { $0["shown"].bool } == [false, true])
        return try #require(conflict["id"].string)
    }

    @Test func editOutlivesTheDeletionIfRestored() async throws {
        let id = try await deleteWhileEdited()
        try await mentor.expect(.usage, "conflict", "resolve", id, "--keep", "whatever")
        try await mentor.json("conflict", "resolve", id, "--keep", "restore")
        try await syncAll()
        #expect(try await details(ana) == "still at work")
        #expect(try await ana.json("conflict", "list").items.isEmpty)
    }

    @Test func deletionStandsIfConfirmed() async throws {
        let id = try await deleteWhileEdited()
        try await ana.json("conflict", "resolve", id, "--keep", "delete")
        try await ana.sync()
        try await mentor.sync()
        try await mentor.expect(.refused, "task", "show", task)
        #expect(try await mentor.json("conflict", "list").items.isEmpty)
    }

    // MARK: Entries that moved

    /// Shares an entry on one laptop while the other one edits it; returns its id and the
    /// conflict's.
    private func editBehindTheShare() async throws -> (entry: String, conflict: String) {
        let second = try await programme.furtherHome(of: ana)
        let entry = try #require(
            try await ana.json("journal", "write", "private text")["id"].string)
        try await ana.sync()
        try await second.sync()
        try await ana.json("journal", "share", entry)
        try await ana.sync()
        try await second.json("journal", "edit", entry, "--body", "edited elsewhere")
        try await second.sync()
        try await ana.sync()
        try await mentor.sync()
        let conflict = try await ana.json("conflict", "list")[0]
        #expect(conflict["kind"].string == "departure")
        #expect(
            conflict["values"].items.map { $0["value"].string } == ["moved", "edited elsewhere"])
        #expect(try await second.json("conflict", "list").items.count == 1)
        let id = try #require(conflict["id"].string)
        let list = try await ana.expect(.success, "conflict", "list").output
        #expect(list.contains("shared "))
        #expect(list.contains("private text"))
        let shown = try await ana.expect(.success, "conflict", "show", id).output
        #expect(shown.contains("Change after the sharing"))
        for text in [list, shown, try await ana.expect(.success, "history", entry).output] {
            #expect(!text.contains("moved"))
            #expect(!text.contains("departure"))
        }
        return (entry, try #require(conflict["id"].string))
    }

    @Test func editBehindAShareIsPublishedOnlyIfItsAuthorSaysSo() async throws {
        let (entry, conflict) = try await editBehindTheShare()
        #expect(try await mentor.json("conflict", "list").items.isEmpty)
        #expect(try await mentor.json("journal", "show", entry)["body"].string == "private text")
        let run = try await ana.expect(
            .success, "conflict", "resolve", conflict, "--keep", "restore")
        #expect(run.errors.contains("read by everybody"))
        try await ana.sync()
        try await mentor.sync()
        #expect(
            try await mentor.json("journal", "show", entry)["body"].string == "edited elsewhere")
        #expect(try await ana.json("conflict", "list").items.isEmpty)
    }

    @Test func editBehindAShareIsDropped() async throws {
        let (entry, conflict) = try await editBehindTheShare()
        try await ana.json("conflict", "resolve", conflict, "--keep", "delete")
        try await ana.sync()
        try await mentor.sync()
        #expect(try await ana.json("conflict", "list").items.isEmpty)
        #expect(try await mentor.json("journal", "show", entry)["body"].string == "private text")
    }

    // MARK: Conflicts outside of their list

    @Test(arguments: ["restore", "delete", "Delete"])
    func wordsForWholeRecordsAreNoValues(_ word: String) async throws {
        let id = try await disagree()
        let run = try await mentor.expect(.usage, "conflict", "resolve", id, "--keep", word)
        #expect(run.errors.contains("--keep"))
        #expect(try await mentor.json("conflict", "list").items.count == 1)
        #expect(try await title(mentor) == "from Ana")
    }

    @Test func recordsInConflictAreMarked() async throws {
        _ = try await disagree()
        #expect(try await ana.json("task", "show", task)["conflicts"].int == 1)
        #expect(try await ana.json("task", "list")[0]["conflicts"].int == 1)
        #expect(try await ana.expect(.success, "task", "show", task).output.contains("1 field"))
        let list = try await ana.expect(.success, "task", "list").output
        #expect(list.contains("(conflict) from Ana"))
        #expect(try await ana.json("profile", "show")["conflicts"].int == 0)
        try await ana.json("journal", "write", "Calm")
        #expect(try await ana.json("journal", "list")[0]["conflicts"].int == 0)
        #expect(try await ana.json("mentorship", "list")[0]["conflicts"].int == 0)
    }

    @Test func anEditSaysThatItSettledTheConflict() async throws {
        _ = try await disagree()
        let other = try await ana.expect(.success, "task", "edit", task, "--details", "More")
        #expect(!other.errors.contains("settled"))
        let edit = try await ana.expect(.success, "task", "edit", task, "--title", "both")
        #expect(edit.errors.contains("settled the conflict in title"))
        #expect(edit.errors.contains("waymark history"))
        try await syncAll()
        #expect(try await mentor.json("conflict", "list").items.isEmpty)
    }

    @Test func onlyConflictsThatOneMaySettleAreCounted() async throws {
        let mine = try await mentor.json("task", "add", "Given", "--details", "first")
        let given = try #require(mine["id"].string)
        let admin = try await programme.home(of: "Ada", as: .admin)
        try await mentor.sync()
        try await admin.sync()
        try await mentor.json("task", "edit", given, "--details", "from the mentor")
        try await admin.json("task", "edit", given, "--details", "from the admin")
        try await admin.sync()
        try await mentor.sync()
        let synced = await ana.run(["sync", "--json"])
        #expect(try synced.json["conflicts"].int == 0)
        #expect(!synced.errors.contains("conflict"))
        let status = try await ana.json("status")
        #expect(status["conflicts"].int == 0)
        #expect(status["conflictsOfOthers"].int == 1)
        #expect(try await ana.json("conflict", "list")[0]["yours"].bool == false)
        #expect(try await mentor.json("status")["conflicts"].int == 1)
        #expect(try await mentor.json("conflict", "list")[0]["yours"].bool == true)
    }
}

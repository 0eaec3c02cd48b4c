import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct TaskCommandTests {
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

    private func give(review: Bool = false) async throws -> String {
        var arguments = ["task", "add", "Read chapter 3", "--json"]
        if review { arguments.append("--review") }
        let id = try #require(try await mentor.run(arguments).json["id"].string)
        try await mentor.sync()
        try await ana.sync()
        return id
    }

    @Test func addedTaskHasAllItsKeys() async throws {
        let task = try await mentor.json(
            "task", "add", "Read chapter 3", "--due", "2027-01-20 18:00", "--details", "-",
            "--skill", "reading", "--review", input: "All of it.\n")
        #expect(
            task.keys.isSuperset(of: [
                "id", "title", "details", "status", "due", "for", "by", "skill", "review",
                "createdAt", "updatedAt",
            ]))
        #expect(task["title"].string == "Read chapter 3")
        #expect(task["details"].string == "All of it.")
        #expect(task["status"].string == "open")
        #expect(task["due"].string == "2027-01-20T18:00:00Z")
        #expect(task["for"].string == ana.member.text)
        #expect(task["by"].string == mentor.member.text)
        #expect(task["skill"].string == "reading")
        #expect(task["review"].bool == true)
        #expect(task["id"].string?.count == 32)
    }

    @Test func aDayAsDueTimeMeansItsEnd() async throws {
        let task = try await ana.json("task", "add", "Mine", "--due", "2027-01-20")
        #expect(task["due"].string == "2027-01-20T23:59:59Z")
        #expect(task["for"].string == ana.member.text)
    }

    @Test func mentorOfSeveralNamesOne() async throws {
        let ben = try await programme.home(of: "Ben", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ben.member)
        try await mentor.sync()
        let run = try await mentor.expect(.usage, "task", "add", "For whom?")
        #expect(run.errors.contains("--for"))
        let task = try await mentor.json("task", "add", "For Ben", "--for", "ben@example.org")
        #expect(task["for"].string == ben.member.text)
        try await mentor.expect(.refused, "task", "add", "x", "--for", "Mara")
        try await mentor.expect(.refused, "task", "add", "x", "--for", "Nobody")
    }

    @Test func onlyUndoneTasksAreListedTheMostUrgentFirst() async throws {
        try await ana.json("task", "add", "Later", "--due", "2027-02-01")
        try await ana.json("task", "add", "Sooner", "--due", "2027-01-20")
        let whenever = try await ana.json("task", "add", "Whenever")
        let done = try await ana.json("task", "add", "Done")
        try await ana.expect(.success, "task", "done", try #require(done["id"].string))
        func titles(_ arguments: String...) async -> [String?] {
            JSONRead(await ana.run(["task", "list", "--json"] + arguments).output).items
                .map { $0["title"].string }
        }
        #expect(await titles() == ["Sooner", "Later", "Whenever"])
        #expect(await titles("--all").count == 4)
        #expect(await titles("--status", "done") == ["Done"])
        #expect(await titles("--for", "Ana").count == 3)
        try await ana.expect(.usage, "task", "list", "--status", "nearly")
        let short = try #require(whenever["id"].string?.prefix(8))
        #expect(try await ana.expect(.success, "task", "list").output.contains(short))
    }

    @Test func aShortListHoldsTheMostUrgent() async throws {
        for (title, due) in [("Second", "2027-02-01"), ("First", "2027-01-20")] {
            try await ana.json("task", "add", title, "--due", due)
        }
        for index in 1...5 { try await ana.json("task", "add", "Whenever \(index)") }
        func titles(_ arguments: String...) async -> [String?] {
            JSONRead(await ana.run(["task", "list", "--json"] + arguments).output).items
                .map { $0["title"].string }
        }
        let all = await titles()
        #expect(all.count == 7)
        for limit in 1...8 {
            #expect(await titles("--limit", "\(limit)") == Array(all.prefix(limit)))
        }
        try await ana.expect(.usage, "task", "list", "--limit", "0")
    }

    @Test func participantSubmitsWhereTheMentorReviews() async throws {
        let id = try await give(review: true)
        let run = try await ana.expect(.refused, "task", "done", id)
        #expect(run.errors.contains("waymark task submit"))
        let submitted = try await ana.json("task", "submit", id, "--note", "I read it")
        #expect(submitted["status"].string == "submitted")
        #expect(submitted["note"].string == "I read it")
        try await mentor.expect(.notAllowed, "task", "submit", id)
        try await ana.sync()
        try await mentor.sync()
        #expect(try await mentor.json("task", "done", id)["status"].string == "done")
        #expect(try await mentor.json("task", "reopen", id)["status"].string == "open")
    }

    @Test func participantMarksGivenTasksDoneAndChangesNothingElse() async throws {
        let id = try await give()
        #expect(try await ana.json("task", "done", id)["status"].string == "done")
        try await ana.expect(.notAllowed, "task", "edit", id, "--title", "Easier")
        try await ana.expect(.notAllowed, "task", "delete", id)
        #expect(try await ana.json("task", "show", id)["title"].string == "Read chapter 3")
    }

    @Test func editingChangesWhatIsNamed() async throws {
        let id = try await give()
        let edited = try await mentor.json(
            "task", "edit", id, "--title", "Read chapter 4", "--due", "2027-01-22")
        #expect(edited["title"].string == "Read chapter 4")
        let cleared = try await mentor.json("task", "edit", id, "--due", "")
        #expect(cleared["due"].isNull)
        #expect(cleared["title"].string == "Read chapter 4")
        try await mentor.expect(.usage, "task", "edit", id)
        try await mentor.expect(.usage, "task", "edit", id, "--due", "someday")
    }

    @Test func deletedTaskIsGoneUntilUndo() async throws {
        let id = try await give()
        #expect(try await mentor.json("task", "delete", id)["deleted"].bool == true)
        try await mentor.expect(.refused, "task", "show", id)
        try await mentor.expect(.success, "undo")
        #expect(try await mentor.json("task", "show", id)["id"].string == id)
    }

    @Test func idsAreUniquePrefixes() async throws {
        let id = try await give()
        #expect(try await ana.json("task", "show", String(id.prefix(4)))["id"].string == id)
        try await ana.expect(.usage, "task", "show", String(id.prefix(3)))
        let unknown = await ana.run(["task", "show", "0000", "--json"])
        #expect(unknown.status == 1)
        #expect(try unknown.json["error"]["code"].string == "unknownID")
    }

    @Test func textOfOthersCannotSteerTheTerminal() async throws {
        let task = try await ana.json("task", "add", "clear \u{1B}[2J screen")
        try await ana.sync()
        try await mentor.sync()
        let id = try #require(task["id"].string)
        let run = try await mentor.expect(.success, "task", "show", id)
        #expect(!run.output.contains("\u{1B}"))
        #expect(run.output.contains("\\u{1B}[2J"))
    }

    @Test func tooLongATitleIsBadData() async throws {
        try await ana.expect(
            .badData, "task", "add", String(repeating: "x", count: 1_025))
        try await ana.expect(.usage, "task", "add", "  ")
    }

    @Test func nobodyAsksForAReviewOfTheirOwn() async throws {
        let run = await ana.run(["task", "add", "Read", "--review", "--json"])
        #expect(run.status == 77)
        #expect(try run.json["error"]["code"].string == "onlyMentorsReview")
        #expect(try await ana.json("task", "list").items.isEmpty)
        #expect(try await mentor.json("task", "add", "Read", "--review")["review"].bool == true)
    }
}

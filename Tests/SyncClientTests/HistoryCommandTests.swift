import Model
import TestSupport
import Testing

@testable import SyncClient

@Suite struct HistoryCommandTests {
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

    private func add(_ title: String) async throws -> String {
        try #require(try await ana.json("task", "add", title)["id"].string)
    }

    @Test func historyHasAllItsKeysAndSaysWhetherTheHubHasIt() async throws {
        let id = try await add("Draft")
        try await ana.sync()
        try await ana.json("task", "edit", id, "--title", "Final")
        let history = try await ana.json("history", id)
        #expect(
            history[0].keys.isSuperset(of: [
                "at", "by", "device", "field", "from", "to", "state",
            ]))
        #expect(
            history.items.map { $0["field"].string } == [
                "record", "title", "status", "review", "title",
            ])
        let last = try #require(history.items.last)
        #expect(last["from"].string == "Draft")
        #expect(last["to"].string == "Final")
        #expect(last["state"].string == "waiting")
        #expect(last["by"].string == ana.member.text)
        #expect(history[0]["state"].string == "admitted")
        #expect(history[0]["to"].string == "present")
        #expect(history[2]["to"].string == "open")
        let text = try await ana.expect(.success, "history", String(id.prefix(6)))
        #expect(text.output.contains("laptop"))
    }

    @Test func historyOfADeletedRecordIsThere() async throws {
        let id = try await add("Draft")
        try await ana.json("task", "delete", id)
        let last = try #require(try await ana.json("history", id).items.last)
        #expect(last["from"].string == "present")
        #expect(last["to"].string == "deleted")
        try await ana.expect(.refused, "history", "0000")
        try await ana.expect(.usage, "history", "000")
    }

    @Test func membersHaveAHistory() async throws {
        let history = try await mentor.json("history", ana.member.text)
        #expect(history.items.contains { $0["by"].string == "hub" })
        #expect(history.items.contains { $0["field"].string == "name" })
    }

    @Test func undoInvertsAndRedoes() async throws {
        let id = try await add("Draft")
        try await ana.json("task", "edit", id, "--title", "Final", "--details", "More")
        let undone = try await ana.json("undo")
        #expect(undone["undone"]["action"].string == "task edit")
        #expect(undone["undone"]["changes"].items.count == 2)
        #expect(undone["undone"]["changes"][0]["record"].string == id)
        #expect(undone["left"].items.isEmpty)
        #expect(try await ana.json("task", "show", id)["title"].string == "Draft")
        #expect(try await ana.json("undo")["undone"]["action"].string == "undo")
        #expect(try await ana.json("task", "show", id)["title"].string == "Final")
    }

    @Test func whatSomebodyChangedSinceIsLeftAndNamed() async throws {
        let id = try await add("Draft")
        try await ana.json("task", "edit", id, "--title", "Ana’s", "--details", "Ana’s")
        try await ana.sync()
        try await mentor.sync()
        try await mentor.json("task", "edit", id, "--title", "Mara’s")
        try await mentor.sync()
        try await ana.sync()
        let run = await ana.run(["undo", "--json"])
        #expect(run.status == 0)
        #expect(try run.json["undone"]["changes"].items.map { $0["field"].string } == ["details"])
        #expect(try run.json["left"].items.map { $0["field"].string } == ["title"])
        #expect(run.errors.contains("title"))
        let shown = try await ana.json("task", "show", id)
        #expect(shown["title"].string == "Mara’s")
        #expect(shown["details"].isNull)
    }

    @Test func nothingToUndoIsSaid() async throws {
        let run = await ana.run(["undo", "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "nothingToUndo")
    }

    @Test func undoingNothingIsAFailure() async throws {
        let id = try await add("Draft")
        try await ana.json("task", "edit", id, "--title", "Ana’s")
        try await ana.sync()
        try await mentor.sync()
        try await mentor.json("task", "edit", id, "--title", "Mara’s")
        try await mentor.sync()
        try await ana.sync()
        let run = await ana.run(["undo", "--json"])
        #expect(run.status == 1)
        #expect(try run.json["error"]["code"].string == "changedSince")
        #expect(run.errors.contains("title"))
        #expect(run.errors.contains("waymark history"))
        #expect(try await ana.json("task", "show", id)["title"].string == "Mara’s")
    }
}

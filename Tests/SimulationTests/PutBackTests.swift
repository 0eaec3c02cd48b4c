import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Words of others that an undo has put back, and that the hub then refuses: the rejected item stays
/// with its author, who may not read them any more, and holds none of them.
@Suite(.timeLimit(.minutes(10))) struct PutBackTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let scope: Scope
    private let task: RecordID
    private static let canary = "Kanarienvogel7319"

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        scope = .participant(pia.member)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        task = try pia.replica.act("task add", at: programme.now(pia)) { [scope] action in
            try action.create(
                Schema.task, in: scope,
                values: [
                    Fields.Task.title: .text("\(Self.canary) title"),
                    Fields.Task.details: .text("\(Self.canary) details"),
                    Fields.Task.status: .integer(1),
                ])
        }
        for laptop in [pia, mia] { try await programme.sync(laptop) }
    }

    private func edit(_ field: FieldID, to text: String) throws {
        try mia.replica.act("task edit", at: programme.now(mia)) { [scope, task] action in
            try action.set(field, of: task, Schema.task, in: scope, to: .text(text))
        }
    }

    private func endMentorship() throws {
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
    }

    /// The texts of the rejected items; none for what was left out.
    private func rejectedTexts() throws -> [String] {
        let items = try mia.replica.writer.read { try StoreTransaction($0).rejectedItems() }
        #expect(!items.isEmpty)
        return items.flatMap(\.changes).compactMap(\.writtenText)
    }

    private func expectNothingOfOthers() throws {
        #expect(try rejectedTexts() == [])
        let home = mia.replica.home
        let files = try FileManager.default.contentsOfDirectory(atPath: home).filter { name in
            let data = FileManager.default.contents(atPath: "\(home)/\(name)") ?? Data()
            return data.range(of: Data(Self.canary.utf8)) != nil
        }
        #expect(files == [])
    }

    @Test(arguments: [Fields.Task.title, Fields.Task.details])
    func editWasAdmittedBeforeItWasUndone(field: FieldID) async throws {
        try edit(field, to: "other")
        try await programme.sync(mia)
        _ = try mia.replica.undo(at: programme.now(mia))
        try endMentorship()
        try await programme.sync(mia)
        try expectNothingOfOthers()
    }

    /// An undo of an edit of what an undo has put back puts it back once more.
    @Test(arguments: [Fields.Task.title, Fields.Task.details])
    func itWasPutBackTwice(field: FieldID) async throws {
        for word in ["one", "two"] {
            try edit(field, to: word)
            try await programme.sync(mia)
            _ = try mia.replica.undo(at: programme.now(mia))
            try await programme.sync(mia)
        }
        try edit(field, to: "three")
        _ = try mia.replica.undo(at: programme.now(mia))
        try endMentorship()
        try await programme.sync(mia)
        #expect(try !rejectedTexts().contains { $0.contains(Self.canary) })
    }

    /// The laptop has dropped all that the hub had admitted when it hears of the refusal.
    @Test(arguments: [Fields.Task.title, Fields.Task.details])
    func hubWasSetBackAfterTheUndo(field: FieldID) async throws {
        try edit(field, to: "other")
        try await programme.sync(mia)
        _ = try mia.replica.undo(at: programme.now(mia))
        try programme.wipeHub()
        try await programme.sync(pia)
        try endMentorship()
        try await programme.sync(mia)
        try expectNothingOfOthers()
    }

    @Test func ownWordsAreKept() async throws {
        try edit(Fields.Task.title, to: "mine")
        try await programme.sync(mia)
        try edit(Fields.Task.title, to: "second")
        _ = try mia.replica.undo(at: programme.now(mia))
        try endMentorship()
        try await programme.sync(mia)
        #expect(try rejectedTexts().contains("mine"))
    }

    /// Nothing of it stays when the scope has left and everything in it is decided.
    @Test func notesLeaveWithTheScope() async throws {
        try edit(Fields.Task.title, to: "other")
        try await programme.sync(mia)
        _ = try mia.replica.undo(at: programme.now(mia))
        try await programme.sync(mia)
        func count() throws -> Int? {
            try mia.replica.writer.read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM putBack")
            }
        }
        #expect(try count() == 1)
        try endMentorship()
        try await programme.sync(mia)
        #expect(try count() == 0)
    }
}

import Cryptography
import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A laptop that loses a scope in which it holds more than rows: an open conflict, and values that
/// its latest action overwrote and could bring back.
@Suite(.timeLimit(.minutes(10))) struct LostScopeTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let scope: Scope
    private static let canary = "Kanarienvogel7319"

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        scope = .participant(pia.member)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        let task = try pia.replica.act("task add", at: programme.now(pia)) { [scope] action in
            try action.create(
                Schema.task, in: scope,
                values: [
                    Fields.Task.title: .text("\(Self.canary) title"),
                    Fields.Task.details: .text("first"), Fields.Task.status: .integer(1),
                ])
        }
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try edit(Fields.Task.details, of: task, to: "by the participant", on: pia)
        try edit(Fields.Task.details, of: task, to: "by the mentor", on: mia)
        for laptop in [mia, pia, mia] { try await programme.sync(laptop) }
        try edit(Fields.Task.title, of: task, to: "other", on: mia)
        try await programme.sync(mia)
    }

    private func edit(
        _ field: FieldID, of task: RecordID, to text: String, on laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { [scope] action in
            try action.set(field, of: task, Schema.task, in: scope, to: .text(text))
        }
    }

    /// Rows of the scope by table, in every table that says of what scope its rows are.
    private func rows(on laptop: Programme.Laptop) throws -> [String: Int] {
        try laptop.replica.writer.read { [scope] database in
            guard let row = try StoreTransaction(database).existingScope(scope) else { return [:] }
            let tables = try String.fetchAll(
                database,
                sql: """
                    SELECT tables.name FROM sqlite_master AS tables
                    JOIN pragma_table_info(tables.name) AS columns
                    WHERE tables.type = 'table' AND columns.name = 'scope'
                    """)
            var counts: [String: Int] = [:]
            // How far devices have come are numbers; one's own must go on where they were.
            for table in tables where table != "deviceProgress" {
                let count = try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM \"\(table)\" WHERE scope = ?",
                    arguments: [row.key])
                if let count, count > 0 { counts[table] = count }
            }
            return counts
        }
    }

    private func filesWithCanary(of laptop: Programme.Laptop) throws -> [String] {
        let home = laptop.replica.home
        return try FileManager.default.contentsOfDirectory(atPath: home).filter { name in
            let data = FileManager.default.contents(atPath: "\(home)/\(name)") ?? Data()
            return data.range(of: Data(Self.canary.utf8)) != nil
        }
    }

    @Test func noTableKeepsARowOfIt() async throws {
        let before = try rows(on: mia)
        for table in ["task", "section", "conflict", "undo"] {
            #expect(before[table, default: 0] > 0, "\(table)")
        }
        #expect(try !filesWithCanary(of: mia).isEmpty)

        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.sync(mia)

        #expect(try rows(on: mia) == [:])
        #expect(try filesWithCanary(of: mia) == [])
        #expect(try mia.replica.examine().faults == [])
        #expect(try mia.replica.read { try $0.conflicts() }.isEmpty)
        // The account still knows what was done there.
        let account = try programme.account(of: mia)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
        #expect(account.waiting == 0)
    }

    /// Others' words that an undo brought back are theirs: they leave with the scope, and the item for
    /// the unsent work holds one's own.
    @Test func undoneWordsOfOthersLeaveWithTheScope() async throws {
        let task = try pia.replica.act("task add", at: programme.now(pia)) { [scope] action in
            try action.create(
                Schema.task, in: scope,
                values: [
                    Fields.Task.title: .text("Read"), Fields.Task.status: .integer(1),
                    Fields.Task.details: .text("\(Self.canary) and the book"),
                ])
        }
        try await undoAnEdit(of: Fields.Task.details, of: task)
        #expect(try filesWithCanary(of: mia) == [])
        let items = try mia.replica.read { try $0.rejectedItems() }
        let details = items.flatMap(\.changes).filter { $0.field == Fields.Task.details }
        #expect(details.map(\.operation).contains(.set(.text("My own"))))
        let account = try programme.account(of: mia)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
    }

    /// Mia writes over what pia wrote, takes it back, and loses the scope before either was sent.
    private func undoAnEdit(of field: FieldID, of task: RecordID) async throws {
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try edit(field, of: task, to: "My own and the book", on: mia)
        _ = try mia.replica.undo(at: programme.now(mia))
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.sync(mia)
    }

    /// The same of a value: the undone edit leaves with nothing of what it had replaced.
    @Test func undoneValuesOfOthersLeaveWithTheScope() async throws {
        let task = try pia.replica.act("task add", at: programme.now(pia)) { [scope] action in
            try action.create(
                Schema.task, in: scope,
                values: [
                    Fields.Task.title: .text("\(Self.canary) and the book"),
                    Fields.Task.status: .integer(1),
                ])
        }
        try await undoAnEdit(of: Fields.Task.title, of: task)
        #expect(try filesWithCanary(of: mia) == [])
        let titles = try mia.replica.read { try $0.rejectedItems() }.flatMap(\.changes)
            .filter { $0.field == Fields.Task.title }
        #expect(titles.map(\.operation).contains(.set(.text("My own and the book"))))
    }

    /// More unsent work than one request takes: what the hub has not even got when the scope leaves
    /// can be read and exported at once, whether or not the sync comes to its end.
    @Test func workThatCouldNotBeSentYetIsARejectedItemAtOnce() async throws {
        let count = 24
        for index in 0..<count {
            let noise = RandomBytes.generate(count: 120_000).hexadecimal
            try mia.replica.act("task add", at: programme.now(mia)) { [scope] action in
                _ = try action.create(
                    Schema.task, in: scope,
                    values: [
                        Fields.Task.title: .text("Task \(index)"),
                        Fields.Task.details: .text(noise), Fields.Task.status: .integer(1),
                    ])
            }
        }
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        var road = Programme.Road()
        road.losesAnswer = 1
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(mia, over: road)
        }
        #expect(try rejectedTitles().count == count)
        try await programme.sync(mia)
        #expect(try rejectedTitles() == (0..<count).map { "Task \($0)" }.sorted())
        let account = try programme.account(of: mia)
        #expect(account.waiting == 0)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
    }

    private func rejectedTitles() throws -> [String] {
        let items = try mia.replica.writer.read { try StoreTransaction($0).rejectedItems() }
        return items.flatMap(\.changes).filter { $0.field == Fields.Task.title }
            .compactMap { change in
                guard case .set(let value) = change.operation else { return nil }
                return value.text
            }.sorted()
    }
}

import Model
import Testing

@testable import Replica

@Suite struct JournalImportKeyTests {
    private let harness: ReplicaHarness
    private let replica: Replica
    private let now = ClaimedTime(milliseconds: 3_000_000)

    init() throws {
        harness = try ReplicaHarness()
        replica = try harness.join("Ana", as: .participant)
    }

    private func keys() throws -> Set<JournalImportKey> {
        try replica.read { try $0.journalImportKeys() }
    }

    @Test func bordersBetweenTitleAndTextCount() {
        let key = JournalImportKey(date: "1660-01-11", title: "", body: "Jan. 1st")
        #expect(key == JournalImportKey(date: "1660-01-11", title: "", body: "Jan. 1st"))
        #expect(key != JournalImportKey(date: "1660-01-11", title: "J", body: "an. 1st"))
        #expect(key.bytes.count == 16)
    }

    @Test func importKeysNameWhatIsThere() throws {
        let key = JournalImportKey(date: "1660-01-11", title: "", body: "Jan. 1st")
        let scope = Scope.own(replica.member)
        let id = try replica.act("journal import", at: now) { action in
            try action.create(
                Schema.journalEntry, in: scope,
                values: [
                    Fields.JournalEntry.body: .text("Jan. 1st"),
                    Fields.JournalEntry.date: .text("1660-01-11"),
                    Fields.JournalEntry.importKey: key.value,
                ])
        }
        #expect(try keys() == [key])
        try replica.act("journal share", at: now) { action in
            try action.move(
                id, Schema.journalEntry, from: scope, to: .participant(replica.member))
        }
        #expect(try keys() == [key])
        try replica.act("journal delete", at: now) { action in
            action.delete(id, Schema.journalEntry, in: .participant(replica.member))
        }
        #expect(try keys().isEmpty)
    }

    @Test func editedEntryKeepsTheKeyItCameWithAndGetsOneMore() throws {
        let key = JournalImportKey(date: "1660-01-11", title: "", body: "Jan. 1st")
        let scope = Scope.own(replica.member)
        let id = try replica.act("journal import", at: now) { action in
            try action.create(
                Schema.journalEntry, in: scope,
                values: [
                    Fields.JournalEntry.body: .text("Jan. 1st"),
                    Fields.JournalEntry.date: .text("1660-01-11"),
                    Fields.JournalEntry.importKey: key.value,
                ])
        }
        try replica.act("journal edit", at: now) { action in
            try action.set(
                Fields.JournalEntry.body, of: id, Schema.journalEntry, in: scope,
                to: .text("January 1st"))
        }
        let edited = JournalImportKey(date: "1660-01-11", title: "", body: "January 1st")
        #expect(try keys() == [key, edited])
    }
}

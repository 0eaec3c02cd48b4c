import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Journal entries that move between the private and the shared scope while another laptop of the
/// same member does something else to them.
@Suite(.timeLimit(.minutes(10))) struct MovedRecordTests {
    private let programme: Programme
    private let pia: Programme.Laptop
    private let second: Programme.Laptop
    private let own: Scope
    private let shared: Scope

    init() async throws {
        programme = try Programme()
        pia = try programme.join("Pia", as: .participant)
        try await programme.sync(pia)
        second = try programme.joinAgain(pia)
        try await programme.sync(second)
        (own, shared) = (.own(pia.member), .participant(pia.member))
    }

    private func syncAll() async throws {
        for _ in 0..<2 { for laptop in [pia, second] { try await programme.sync(laptop) } }
    }

    private func write() async throws -> RecordID {
        let entry = try pia.replica.act("journal write", at: programme.now(pia)) { action in
            try action.create(
                Schema.journalEntry, in: own,
                values: [
                    Fields.JournalEntry.body: .text("one"),
                    Fields.JournalEntry.date: .text("2026-11-25"),
                ])
        }
        try await syncAll()
        return entry
    }

    private func move(_ entry: RecordID, from: Scope, to: Scope) throws {
        try pia.replica.act("journal share", at: programme.now(pia)) { action in
            try action.move(entry, Schema.journalEntry, from: from, to: to)
        }
    }

    private func conflicts(on laptop: Programme.Laptop) throws -> [RecordConflict] {
        try laptop.replica.read { try $0.conflicts() }
    }

    /// The hub erases it where it lies now, and leaves no empty shell there.
    @Test func whatAnAdminErasesWhereItWasIsGoneWhereItIs() async throws {
        let ada = try programme.join("Ada", as: .admin)
        let entry = try await write()
        try move(entry, from: own, to: shared)
        try await syncAll()
        try await programme.sync(ada)
        try move(entry, from: shared, to: own)
        try await syncAll()
        try ada.replica.act("erase", at: programme.now(ada), isUndoable: false) { action in
            try action.erase(entry, Schema.journalEntry, in: shared)
        }
        try await programme.sync(ada)
        try await syncAll()
        for laptop in [pia, second] {
            #expect(try laptop.replica.read { try $0.records(of: Schema.journalEntry) }.isEmpty)
        }
        try await programme.sync(ada)
        #expect(try programme.problems() == [])
    }

    /// Whoever deleted it did not know that it moved: neither is lost in silence, whoever syncs
    /// first and whichever way it moved.
    @Test(arguments: [true, false], [true, false])
    func deletionThatMeetsAMoveIsAConflict(isShared: Bool, deleterIsFirst: Bool) async throws {
        let entry = try await write()
        let (from, to) = isShared ? (shared, own) : (own, shared)
        if isShared {
            try move(entry, from: own, to: shared)
            try await syncAll()
        }
        try move(entry, from: from, to: to)
        try second.replica.act("journal delete", at: programme.now(second)) { action in
            action.delete(entry, Schema.journalEntry, in: from)
        }
        if deleterIsFirst { try await programme.sync(second) }
        try await syncAll()
        for laptop in [pia, second] {
            let open = try conflicts(on: laptop)
            #expect(open.map(\.kind) == [.departure])
            #expect(open.first?.isDeletionOfMoved ?? false)
        }
        let conflict = try #require(try conflicts(on: second).first)
        try second.replica.act("conflict resolve", at: programme.now(second)) { action in
            try action.resolveByDropping(conflict)
        }
        try await syncAll()
        for laptop in [pia, second] {
            #expect(try conflicts(on: laptop).isEmpty)
            #expect(try laptop.replica.read { try $0.records(of: Schema.journalEntry) }.isEmpty)
            #expect(try laptop.replica.examine().faults.isEmpty)
        }
    }

    @Test func movedRecordStaysIfThatIsChosen() async throws {
        let entry = try await write()
        try move(entry, from: own, to: shared)
        try second.replica.act("journal delete", at: programme.now(second)) { action in
            action.delete(entry, Schema.journalEntry, in: own)
        }
        try await syncAll()
        let conflict = try #require(try conflicts(on: pia).first)
        try pia.replica.act("conflict resolve", at: programme.now(pia)) { action in
            try action.resolveByRestoring(conflict)
        }
        try await syncAll()
        for laptop in [pia, second] {
            #expect(try conflicts(on: laptop).isEmpty)
            let entries = try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
            #expect(entries.map(\.scope) == [shared])
        }
    }

    /// What was written into a text that had moved is taken over into what it says now.
    @Test func wordsOfBothPlacesStay() async throws {
        let entry = try await write()
        func edit(_ laptop: Programme.Laptop, _ scope: Scope, _ text: String) throws {
            try laptop.replica.act("journal edit", at: programme.now(laptop)) { action in
                try action.set(
                    Fields.JournalEntry.body, of: entry, Schema.journalEntry, in: scope,
                    to: .text(text))
            }
        }
        try edit(pia, own, "one two")
        try move(entry, from: own, to: shared)
        try edit(pia, shared, "one two three")
        try edit(second, own, "zero one")
        try await programme.sync(pia)
        try await programme.sync(second)
        let conflict = try #require(try conflicts(on: second).first)
        try second.replica.act("conflict resolve", at: programme.now(second)) { action in
            try action.resolveByRestoring(conflict)
        }
        try await syncAll()
        for laptop in [pia, second] {
            #expect(try conflicts(on: laptop).isEmpty)
            let entries = try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
            #expect(entries.map { $0.text(Fields.JournalEntry.body) } == ["zero one two three"])
            #expect(entries.map(\.scope) == [shared])
        }
    }

    /// Both laptops share it before they hear of each other: the text stands there twice, and that
    /// is told.
    @Test func entryThatBothShareIsAConflict() async throws {
        let entry = try await write()
        for laptop in [pia, second] {
            try laptop.replica.act("journal share", at: programme.now(laptop)) { action in
                try action.move(entry, Schema.journalEntry, from: own, to: shared)
            }
        }
        try await syncAll()
        for laptop in [pia, second] {
            let conflict = try #require(try conflicts(on: laptop).first)
            #expect(conflict.kind == .rewrite)
            #expect(conflict.candidates.dropFirst().map(\.value) == [.text("one"), .text("one")])
        }
        let conflict = try #require(try conflicts(on: pia).first)
        try pia.replica.act("conflict resolve", at: programme.now(pia)) { action in
            try action.resolve(conflict, with: .text("one"))
        }
        try await syncAll()
        for laptop in [pia, second] {
            #expect(try conflicts(on: laptop).isEmpty)
            let entries = try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
            #expect(entries.map { $0.text(Fields.JournalEntry.body) } == ["one"])
        }
    }

    /// Only one of the values would go along, and nobody would hear of the others.
    @Test func recordInConflictDoesNotMove() async throws {
        let entry = try await write()
        for (laptop, text) in [(pia, "two"), (second, "three")] {
            try laptop.replica.act("journal edit", at: programme.now(laptop)) { action in
                try action.set(
                    Fields.JournalEntry.body, of: entry, Schema.journalEntry, in: own,
                    to: .text(text))
            }
        }
        try await syncAll()
        #expect(try conflicts(on: pia).count == 1)
        let error = #expect(throws: ReplicaError.self) {
            try move(entry, from: own, to: shared)
        }
        #expect(error?.reason == .inConflict)
        #expect(try conflicts(on: pia).count == 1)
    }
}

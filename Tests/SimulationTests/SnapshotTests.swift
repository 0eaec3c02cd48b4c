import Cryptography
import Foundation
import GRDB
import Model
import TestSupport
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Scopes that begin with a snapshot end as those that came by their entries.
@Suite(.timeLimit(.minutes(10))) struct SnapshotTests {
    let programme: Programme
    let mia: Programme.Laptop
    let pia: Programme.Laptop
    let again: Programme.Laptop
    static let canary = "Kanarienvogel7319"

    /// Snapshots of everything, in many small pieces and pages.
    static let tiny = Programme.Sizes(
        pageBytesTarget: 3_000, snapshotLogBytesMin: 0, snapshotPieceBytes: 700)
    static let large = Programme.Sizes(snapshotLogBytesMin: 0)
    /// Pages that are full with one thing: news leave no room for history.
    static let full = Programme.Sizes(
        pageBytesTarget: 1, snapshotLogBytesMin: 0, snapshotPieceBytes: 700)
    static let byEntries = Programme.Sizes()

    init() async throws {
        programme = try Programme(Self.byEntries)
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        again = try programme.joinAgain(pia)
        for laptop in [mia, pia, again] { try await programme.sync(laptop) }
        try await live()
    }

    /// Entries of every fate: edited, tagged, deleted, in conflict, shared, deleted while edited.
    func live() async throws {
        var seed = Seed(4)
        let tasks = Scope.participant(pia.member)
        for round in 0..<6 {
            for laptop in [pia, again, mia] {
                let scope = laptop.name == mia.name ? Scope.own(mia.member) : .own(pia.member)
                var mine = try laptop.replica.read {
                    try $0.records(of: Schema.journalEntry).filter { $0.scope == scope }.map(\.id)
                }
                try laptop.replica.act("work", at: programme.now(laptop)) { action in
                    for index in 0..<5 {
                        mine.append(
                            try action.create(
                                Schema.journalEntry, in: scope,
                                values: [
                                    Fields.JournalEntry.body: .text(
                                        "\(Self.canary) \(round) \(index)"),
                                    Fields.JournalEntry.date: .text("2026-11-21"),
                                ]))
                        try action.create(
                            Schema.task, in: tasks,
                            values: [
                                Fields.Task.title: .text("\(Self.canary) task \(round)"),
                                Fields.Task.status: .integer(1),
                            ])
                        try action.endSet()
                    }
                    for _ in 0..<4 {
                        let entry = seed.pick(mine)
                        try action.set(
                            Fields.JournalEntry.body, of: entry, Schema.journalEntry, in: scope,
                            to: .text("edited on \(laptop.name) in \(round)"))
                        action.add(
                            .text("tag \(seed.below(4))"), to: Fields.JournalEntry.tags, of: entry,
                            Schema.journalEntry, in: scope)
                        try action.endSet()
                    }
                    if round % 2 == 1 {
                        action.delete(seed.pick(mine), Schema.journalEntry, in: scope)
                    }
                }
                // Many small batches: a snapshot that takes more than its entries is not offered.
                try await programme.sync(laptop)
                programme.pass(milliseconds: 60_000)
            }
        }
        for laptop in [pia, again, mia, pia, again] { try await programme.sync(laptop) }
    }

    func sections(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.writer.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT hex(hash) || epoch || ' ' || section.number || hex(admission) || released
                        || applied || hex(scope.id)
                    FROM section JOIN scope ON scope.key = section.scope ORDER BY 1
                    """)
        }
    }

    /// Every row with its bookkeeping.
    func cells(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.writer.read { database in
            try Schema.entities.flatMap { entity in
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT hex(entity.id) || hex(scope.id) || hex(cells)
                        FROM "\(entity.name)" AS entity JOIN scope ON scope.key = entity.scope
                        ORDER BY 1
                        """)
            }
        }
    }

    func histories(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.writer.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT hex(record) || hex(scope.id) || field || hex(history)
                        || coalesce(hex(base), '')
                    FROM textHistory JOIN scope ON scope.key = textHistory.scope ORDER BY 1
                    """)
        }
    }

    func expectSame(_ left: Programme.Laptop, _ right: Programme.Laptop) throws {
        #expect(try Standing.of(left) == Standing.of(right))
        #expect(try cells(on: left) == cells(on: right))
        #expect(try histories(on: left) == histories(on: right))
        #expect(try !histories(on: left).isEmpty)
    }

    func expectSound(_ laptop: Programme.Laptop) throws {
        let report = try laptop.replica.examine()
        #expect(report.faults.isEmpty, "\(report.faults)")
        let account = try programme.account(of: laptop)
        #expect(account.waiting == 0)
    }

    /// Syncs, page by page, until some pieces of a snapshot are here and some are not.
    func syncUntilPiecesAreMissing(_ laptop: Programme.Laptop) async throws {
        for _ in 0..<30 {
            await #expect(throws: Programme.AnswerLost.self) {
                try await programme.sync(laptop, over: Programme.Road(losesAnswer: 1))
            }
            let missing = try count(
                """
                SELECT count(*) FROM snapshot WHERE state = 0 AND EXISTS (
                    SELECT 1 FROM snapshotPiece WHERE snapshotPiece.scope = snapshot.scope)
                """, on: laptop)
            if missing > 0 { return }
        }
        Issue.record("No sync has ended within a snapshot.")
    }

    func status(of laptop: Programme.Laptop) throws -> ReplicaStatus {
        try laptop.replica.read { try $0.status() }
    }

    func count(_ sql: String, on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.writer.read { try Int.fetchOne($0, sql: sql) ?? 0 }
    }

    @Test(arguments: [tiny, large, full])
    func snapshotGivesWhatTheEntriesGive(_ sizes: Programme.Sizes) async throws {
        let byEntries = try programme.joinAgain(pia, named: "entries")
        let report = try await programme.sync(byEntries)
        #expect(report.snapshotRecords == 0)
        try programme.reopenHub(sizes)
        let bySnapshot = try programme.joinAgain(pia, named: "snapshot")
        let other = try await programme.sync(bySnapshot)
        #expect(other.snapshotRecords > 90)
        #expect(other.historiesCompleted > 2)
        #expect(try status(of: bySnapshot).hasWholeHistory)
        for laptop in [byEntries, bySnapshot] { try await programme.sync(laptop) }
        try expectSame(byEntries, bySnapshot)
        #expect(try sections(on: byEntries) == sections(on: bySnapshot))
        for laptop in [byEntries, bySnapshot] { try expectSound(laptop) }
        for table in ["snapshot", "snapshotPiece", "snapshotDevice"] {
            #expect(try count("SELECT count(*) FROM \(table)", on: bySnapshot) == 0)
        }
        #expect(try programme.hub.verify().fault == nil)
    }

    @Test func interruptedAnywhereItGoesOn() async throws {
        try programme.reopenHub(Self.tiny)
        let undisturbed = try programme.joinAgain(pia, named: "undisturbed")
        let trips = try await programme.sync(undisturbed).roundTrips
        #expect(trips > 8)
        let disturbed = try programme.joinAgain(pia, named: "disturbed")
        var lost = 0
        var pieceCounts: Set<Int> = []
        for _ in 0..<3 * trips {
            do {
                try await programme.sync(disturbed, over: Programme.Road(losesAnswer: 1))
                break
            } catch is Programme.AnswerLost {
                lost += 1
                pieceCounts.insert(try count("SELECT count(*) FROM snapshotPiece", on: disturbed))
                // Whatever is here is sound, and what is not whole is not shown.
                let report = try disturbed.replica.examine()
                #expect(report.faults.isEmpty, "\(report.faults)")
                if try !status(of: disturbed).isComplete {
                    #expect(try count("SELECT count(*) FROM task", on: disturbed) == 0)
                }
            }
        }
        #expect(lost > 6)
        #expect(pieceCounts.count > 2)
        #expect(try status(of: disturbed).hasWholeHistory)
        try await programme.sync(undisturbed)
        try expectSame(undisturbed, disturbed)
        for laptop in [undisturbed, disturbed] { try expectSound(laptop) }
    }

    @Test func withoutItsHistoryAReplicaDoesEverything() async throws {
        try programme.reopenHub(Self.large)
        let young = try programme.joinAgain(pia, named: "young")
        try await programme.sync(young, historyBytesMax: 0)
        #expect(try status(of: young).isComplete)
        #expect(try !status(of: young).hasWholeHistory)
        try await programme.sync(pia)
        try expectSame(pia, young)
        let report = try young.replica.examine()
        #expect(report.faults.isEmpty, "\(report.faults)")
        #expect(report.scopesWithoutHistory > 2)

        // Both edit what neither has seen of the other, one deletes what the other edits.
        let scope = Scope.own(pia.member)
        let entries = try young.replica.read {
            try $0.records(of: Schema.journalEntry).filter { $0.scope == scope }.map(\.id)
        }
        for laptop in [pia, young] {
            try laptop.replica.act("edit", at: programme.now(laptop)) { action in
                for entry in entries.prefix(6) {
                    try action.set(
                        Fields.JournalEntry.body, of: entry, Schema.journalEntry, in: scope,
                        to: .text("later, on \(laptop.name)"))
                    action.add(
                        .text("tag 1"), to: Fields.JournalEntry.tags, of: entry,
                        Schema.journalEntry, in: scope)
                }
                if laptop.name == young.name {
                    action.delete(entries[7], Schema.journalEntry, in: scope)
                } else {
                    try action.set(
                        Fields.JournalEntry.body, of: entries[7], Schema.journalEntry, in: scope,
                        to: .text("not to be deleted"))
                }
            }
        }
        for laptop in [pia, young, pia] {
            try await programme.sync(laptop, historyBytesMax: 0)
        }
        #expect(try !status(of: young).hasWholeHistory)
        try expectSame(pia, young)
        #expect(try !Standing.of(young).conflicts.isEmpty)
        let lacking = try young.replica.read { try $0.lacksHistory(of: entries[0]) }
        #expect(lacking)

        // Tables can be made anew without the log.
        let before = try Standing.of(young)
        try await young.replica.writer.write { try $0.execute(sql: "UPDATE task SET life = 1") }
        #expect(try young.replica.examine().faults.contains { $0.kind == .table })
        try young.replica.rebuild()
        #expect(try Standing.of(young) == before)
        #expect(try young.replica.examine().faults == [])
        // Where the values themselves are damaged, the next sync fetches them.
        try await young.replica.writer.write { try $0.execute(sql: "UPDATE task SET title = 'x'") }
        #expect(try young.replica.examine().faults.contains { $0.kind == .stateHash })
        try young.replica.rebuild()
        try await programme.sync(young, historyBytesMax: 0)
        try expectSame(pia, young)

        try await programme.sync(young)
        #expect(try status(of: young).hasWholeHistory)
        try expectSame(pia, young)
        try expectSound(young)
        #expect(try sections(on: young).count > 20)
    }

    @Test func scopeThatIsLostBeforeItIsWholeLeavesNothing() async throws {
        let max = try programme.join("Max", as: .mentor)
        try await programme.sync(max)
        try programme.assign(max, pia)
        try programme.reopenHub(Self.tiny)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(max, over: Programme.Road(losesAnswer: 2))
        }
        let scope = Scope.participant(pia.member)
        let isStaged = try await max.replica.writer.read { database in
            let store = StoreTransaction(database)
            return try store.snapshot(of: store.scope(scope)) != nil
        }
        #expect(isStaged)
        try await programme.sync(pia)
        let mentorship = try #require(
            try pia.replica.read { reader in
                try reader.records(of: Schema.mentorship).first {
                    $0.reference(Fields.Mentorship.mentor) == max.member.recordID
                }
            })
        try programme.end(mentorship)
        try await programme.sync(max)
        for table in ["snapshot", "snapshotPiece", "snapshotDevice"] {
            let rows = try await max.replica.writer.read { database in
                try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM \(table) JOIN scope ON scope.key = \(table).scope
                        WHERE scope.id = ?
                        """, arguments: [Data(scope.bytes)])
            }
            #expect(rows == 0)
        }
        #expect(try files(of: max, with: Self.canary) == [])
        #expect(try max.replica.examine().faults == [])
    }

    static let secret = "Zaunkoenig4711"

    func files(of laptop: Programme.Laptop, with word: String) throws -> [String] {
        let home = laptop.replica.home
        return try FileManager.default.contentsOfDirectory(atPath: home).filter { name in
            let data = FileManager.default.contents(atPath: "\(home)/\(name)") ?? Data()
            return data.range(of: Data(word.utf8)) != nil
        }
    }
}

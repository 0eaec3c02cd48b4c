import Cryptography
import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// The first sync of a further laptop, over a road on which every answer can be lost.
@Suite(.timeLimit(.minutes(10))) struct FirstSyncTests {
    private static let entryCount = 1500

    private func makeProgramme() async throws -> (Programme, Programme.Laptop) {
        let programme = try Programme()
        let pia = try programme.join("Pia", as: .participant)
        try await programme.sync(pia)
        try pia.replica.act("journal import", at: programme.now(pia)) { action in
            for index in 0..<Self.entryCount {
                // Random digits: pages are counted in bytes after compression.
                let body = RandomBytes.generate(count: 1500).hexadecimal
                _ = try action.create(
                    Schema.journalEntry, in: .own(pia.member),
                    values: [
                        Fields.JournalEntry.body: .text("\(index) \(body)"),
                        Fields.JournalEntry.date: .text("1666-09-02"),
                    ])
                try action.endSet()
            }
        }
        try await programme.sync(pia)
        return (programme, pia)
    }

    private func entryCount(_ laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.read { try $0.records(of: Schema.journalEntry).count }
    }

    private func isIncomplete(_ laptop: Programme.Laptop) async throws -> Bool {
        try await laptop.replica.writer.read { try Meta($0).integer(.incomplete) == 1 }
    }

    @Test func interruptedFirstSyncGoesOnAtItsPage() async throws {
        let (programme, pia) = try await makeProgramme()
        let undisturbed = try programme.joinAgain(pia)
        let pages = try await programme.sync(undisturbed).roundTrips
        #expect(pages > 2)

        let second = try programme.joinAgain(pia, named: "Pia3")
        var trips = 0
        for _ in 0..<pages {
            // One page gets through, the next one's answer is lost.
            var road = Programme.Road()
            road.losesAnswer = 1
            do {
                trips += try await programme.sync(second, over: road).roundTrips
                break
            } catch is Programme.AnswerLost {
                trips += 2
                // A scope that is not level is not shown; then it is shown whole, whatever is still to
                // come of its history.
                let expected = try await isIncomplete(second) ? 0 : Self.entryCount
                #expect(try entryCount(second) == expected)
            }
        }
        #expect(try await !isIncomplete(second))
        #expect(try entryCount(second) == Self.entryCount)
        // Each interruption costs the one page whose answer was lost.
        #expect(trips <= pages * 2)
        let faults = try second.replica.examine().faults
        #expect(faults.isEmpty, "\(faults)")
        try await programme.sync(undisturbed)
        let first = try Standing.of(undisturbed)
        #expect(try Standing.of(second).rows == first.rows)
    }

    @Test func lostAnswerToAPushDoesNotDoubleTheWork() async throws {
        let programme = try Programme()
        let pia = try programme.join("Pia", as: .participant)
        try await programme.sync(pia)
        try pia.replica.act("task add", at: programme.now(pia)) { action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [Fields.Task.title: .text("Once"), Fields.Task.status: .integer(1)])
        }
        var road = Programme.Road()
        road.losesAnswer = 0
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: road)
        }
        try await programme.sync(pia)
        let second = try programme.joinAgain(pia)
        try await programme.sync(second)
        #expect(try second.replica.read { try $0.records(of: Schema.task).count } == 1)
        #expect(try programme.account(of: pia).waiting == 0)
    }

    /// Who wrote what comes in a scope that is whole is told by the programme, which is not whole yet.
    @Test func newcomersWorkComesAfterTheProgramme() async throws {
        let (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 1)
        _ = try programme.addTask("first", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let second = try programme.joinAgain(mia)
        try await programme.sync(second)
        _ = try programme.addTask("by the newcomer", by: second, for: pia)
        try await programme.sync(second)
        let identity = pia.replica.identity
        try await pia.replica.writer.write { database in
            let store = StoreTransaction(database)
            try store.restart(store.scope(.programme), identity: identity)
        }
        try programme.cutPages(atBytes: 1)
        try await programme.sync(pia)
        #expect(try programme.titles(on: pia) == ["by the newcomer", "first"])
        try await programme.syncAll(rounds: 1)
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// What the hub has refused of a scope that is being fetched is in no table any more, so tables
    /// made anew are the same.
    @Test func whatIsRefusedMeanwhileIsTakenOut() async throws {
        let programme = try Programme()
        let ada = try programme.join("Ada", as: .admin)
        try await programme.sync(ada)
        let second = try programme.joinAgain(ada)
        let from = programme.hubTime.milliseconds + 3_600_000
        try second.replica.act("ask", at: programme.now(second)) { action in
            _ = try action.create(
                Schema.openRequest, in: .own(second.member),
                values: [
                    Fields.OpenRequest.topic: .text("an admin may not ask"),
                    Fields.OpenRequest.from: .integer(from),
                    Fields.OpenRequest.until: .integer(from + 3_600_000),
                ])
            try action.endSet()
            _ = try action.create(
                Schema.journalEntry, in: .own(second.member),
                values: [
                    Fields.JournalEntry.body: .text("and may write"),
                    Fields.JournalEntry.date: .text("1666-09-02"),
                ])
        }
        try programme.cutPages(atBytes: 1)
        // The programme has come, her own scope has not.
        var road = Programme.Road()
        road.losesAnswer = 1
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(second, over: road)
        }
        #expect(try await isIncomplete(second))
        let before = try Standing.of(second)
        #expect(before.rows.keys.contains { $0.hasPrefix("journalEntry") })
        let device = second.replica.identity.device
        try await second.replica.writer.write { try StoreTransaction($0).rebuild(device: device) }
        let difference = try before.difference(from: Standing.of(second))
        #expect(difference.isEmpty, "\(difference)")
        try await programme.sync(second)
        #expect(try entryCount(second) == 1)
        #expect(try second.replica.read { try $0.records(of: Schema.openRequest).isEmpty })
        let faults = try second.replica.examine().faults
        #expect(faults.isEmpty, "\(faults)")
    }
}

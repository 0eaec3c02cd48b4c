import Cryptography
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Work of a later version waits at a hub of before until that is updated.
@Suite(.timeLimit(.minutes(10))) struct WaitingWorkTests {
    private let programme: Programme
    private let pia: Programme.Laptop

    init() async throws {
        programme = try Programme()
        pia = try programme.join("Pia", as: .participant)
        try await programme.sync(pia)
    }

    /// Writes more than one request takes, as a later version does.
    private func importEntries() throws {
        try LaterSchema.$current.withValue(LaterVersion.schema) {
            try pia.replica.act("journal import", at: programme.now(pia)) { action in
                for index in 0..<3_000 {
                    _ = try action.create(
                        Schema.journalEntry, in: .own(pia.member),
                        values: [
                            Fields.JournalEntry.body: .text(
                                "\(index) " + RandomBytes.generate(count: 800).hexadecimal),
                            Fields.JournalEntry.date: .text("1666-09-02"),
                        ])
                    try action.endSet()
                }
            }
        }
    }

    private func sync(hub: LaterSchema? = nil) async throws -> SyncReport {
        try await LaterSchema.$current.withValue(LaterVersion.schema) {
            try await programme.sync(pia, over: Programme.Road(hubSchema: hub))
        }
    }

    private func waiting() throws -> Int {
        try pia.replica.writer.read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM batch WHERE state = 3") ?? 0
        }
    }

    @Test func itIsSentOnce() async throws {
        try importEntries()
        let first = try await sync()
        #expect(first.bytesSent > Limits.pushBytesTarget)
        #expect(first.roundTrips < 6)
        #expect(first.waitingBatches > 2)
        #expect(try waiting() == first.waitingBatches)
        let second = try await sync()
        #expect(second.bytesSent < first.bytesSent / 2)
        #expect(second.roundTrips < 3)
        let third = try await sync(hub: LaterVersion.schema)
        #expect(third.waitingBatches == 0)
        #expect(try waiting() == 0)
        #expect(try programme.account(of: pia).waiting == 0)
        let count = try pia.replica.read { try $0.records(of: Schema.journalEntry).count }
        #expect(count == 3_000)
        #expect(try pia.replica.examine().faults.isEmpty)
    }

    /// A hub that was set back unnoticed has lost what waited at it.
    @Test(arguments: [false, true])
    func whatIsLostIsSentAgain(writesMore: Bool) async throws {
        let copy = try programme.copyFolder()
        let device = pia.replica.identity.device
        try importEntries()
        _ = try await sync()
        try programme.putBack(copy)
        if writesMore { try write("after that", on: pia) }
        let report = try await sync()
        #expect(report.roundTrips < 12)
        #expect(try waiting() > 3)
        let parked = try programme.hub.database.read {
            try $0.parkedBytes(of: device)
        }
        #expect(parked > Limits.pushBytesTarget)
        for _ in 0..<2 { _ = try await sync(hub: LaterVersion.schema) }
        #expect(try waiting() == 0)
        #expect(pia.replica.identity.device == device)
        let count = try pia.replica.read { try $0.records(of: Schema.journalEntry).count }
        #expect(count == (writesMore ? 3_001 : 3_000))
        #expect(try programme.account(of: pia).waiting == 0)
        #expect(try pia.replica.examine().faults.isEmpty)
    }

    /// A laptop that was copied while more waits than one request takes gets another key, once.
    @Test func copyGetsAKey() async throws {
        try importEntries()
        _ = try await sync()
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        try write("on the first", on: pia)
        try write("on the second", on: copy)
        _ = try await sync()
        let report = try await LaterSchema.$current.withValue(LaterVersion.schema) {
            try await programme.sync(copy)
        }
        #expect(report.formerDevice == pia.replica.identity.device)
        #expect(report.roundTrips < 14)
        for laptop in [pia, copy, pia] {
            _ = try await LaterSchema.$current.withValue(LaterVersion.schema) {
                try await programme.sync(laptop, over: .init(hubSchema: LaterVersion.schema))
            }
        }
        for laptop in [pia, copy] {
            let count = try laptop.replica.read { try $0.records(of: Schema.journalEntry).count }
            #expect(count == 3_002)
            #expect(try laptop.replica.examine().faults.isEmpty)
        }
    }

    private func write(_ body: String, on laptop: Programme.Laptop) throws {
        try LaterSchema.$current.withValue(LaterVersion.schema) {
            try laptop.replica.act("journal write", at: programme.now(laptop)) { action in
                _ = try action.create(
                    Schema.journalEntry, in: .own(pia.member),
                    values: [
                        Fields.JournalEntry.body: .text(body),
                        Fields.JournalEntry.date: .text("1666-09-02"),
                    ])
            }
        }
    }
}

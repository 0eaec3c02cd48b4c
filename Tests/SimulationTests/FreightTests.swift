import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// What a courier's laptop does with parcels that the hub does not take, and with those of others.
@Suite(.timeLimit(.minutes(10))) struct FreightTests {
    private let people: BundleProgramme

    init() async throws { people = try await BundleProgramme() }

    private struct Refusal: HubRefusal {
        let hubCode: String
    }

    /// A hub that refuses the first parcel of a sync.
    private final class Unwilling: HubConnection {
        let hub: Hub
        let time: HubTime
        let code: String
        private let parcels = Counter()

        init(_ programme: Programme, code: String) {
            (hub, time) = (programme.hub, programme.hubTime)
            self.code = code
        }

        func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.sync(envelope, now: time)
        }

        func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.redeem(envelope, now: time)
        }

        func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.rekey(envelope, now: time)
        }

        func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
            guard await parcels.next() > 1 else { throw Refusal(hubCode: code) }
            return try hub.carry(parcel, now: time)
        }
    }

    private actor Counter {
        private var value = 0
        func next() -> Int {
            value += 1
            return value
        }
    }

    /// The courier's own work does not wait for a parcel, nor do the others.
    @Test(arguments: ["internal", "fileFailed", "damagedHub", "tooLarge"])
    func parcelThatTheHubCannotTakeKeepsNobodyWaiting(code: String) async throws {
        let (programme, mia, pia, cora) = (people.programme, people.mia, people.pia, people.cora)
        try people.add("by the first", on: pia)
        try people.add("by the second", on: mia)
        for laptop in [pia, mia] { try await people.read(people.bundle(of: laptop), on: cora) }
        try cora.replica.act("profile set", at: programme.now(cora)) { action in
            try action.set(
                Fields.Contact.phone, of: cora.member.recordID, Schema.contact,
                in: .contact(of: cora.member), to: .text("0123"))
        }
        let isKept = code != "tooLarge"
        let report = try await cora.replica.sync(
            over: Unwilling(programme, code: code), now: { programme.now(cora) })
        #expect(report.pushedBatches > 0)
        #expect(report.freight.delivered == 1)
        #expect(report.freight.refused == (isKept ? [] : [code]))
        #expect(cora.replica.freight.parcelsForHub().count == (isKept ? 1 : 0))
        #expect(try await programme.sync(cora).freight.delivered == (isKept ? 1 : 0))
        for laptop in [mia, pia, mia] { try await programme.sync(laptop) }
        #expect(try people.titles(on: pia).count == 2)
        try people.expectSame(mia, pia, cora)
    }

    /// The hub is busy: everything waits, and is there the next time.
    @Test func parcelsWaitForABusyHub() async throws {
        let (programme, pia, cora) = (people.programme, people.pia, people.cora)
        try people.add("carried", on: pia)
        try await people.read(people.bundle(of: pia), on: cora)
        await #expect(throws: Refusal.self) {
            _ = try await cora.replica.sync(
                over: Unwilling(programme, code: "busy"), now: { programme.now(cora) })
        }
        #expect(try await programme.sync(cora).freight.delivered == 1)
    }

    /// Of a laptop of which no key is known nothing can be written for it.
    @Test func nothingIsWrittenForWhomNoKeyIsKnown() async throws {
        let (mia, pia) = (people.mia, people.pia)
        let device = pia.replica.identity.device.column
        try await mia.replica.writer.write { database in
            try database.execute(
                sql: "DELETE FROM deviceKey WHERE device = ?", arguments: [device])
        }
        #expect {
            try people.bundle(of: mia, for: pia)
        } throws: { error in
            (error as? ReplicaError)?.reason == .noReader
        }
    }
}

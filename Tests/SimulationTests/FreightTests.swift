import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// What becomes of carried parcels that the hub does not take.
@Suite(.timeLimit(.minutes(10))) struct FreightTests {
    private let people: BundleProgramme

    init() async throws { people = try await BundleProgramme() }

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
        let report = try await programme.sync(cora, over: .init(refusesFirstParcel: code))
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
        await #expect(throws: Programme.Refusal.self) {
            try await programme.sync(cora, over: .init(refusesFirstParcel: "busy"))
        }
        #expect(try await programme.sync(cora).freight.delivered == 1)
    }
}

import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Bundles whose writers leave something out, or put in what belongs elsewhere.
@Suite(.timeLimit(.minutes(10))) struct CarriedDecisionTests {
    private let harness: HubHarness
    private let forger: RawDevice
    private let cora: Replica

    init() async throws {
        harness = try HubHarness()
        forger = try harness.join(.participant, name: "forger")
        cora = try harness.replica(.participant, name: "cora")
        try await harness.sync(cora)
    }

    /// What somebody says of themselves that is the hub's to say.
    private func promotion() -> SealedBatch {
        let change = Change(
            record: forger.member.recordID, entity: Schema.profile.id, field: Fields.Profile.role,
            operation: .set(.integer(Role.admin.rawValue)))
        return forger.batch(.programme, [change])
    }

    private func parcel(_ entry: CarriedBatch, from writer: RawDevice) throws -> [UInt8] {
        var sealer = try ParcelSealer(
            toDevices: [cora.credentials.key.publicKey], programme: writer.programme)
        sealer.append(
            .letter(
                Letter.seal(
                    programme: writer.programme, reader: cora.identity.member, parcel: sealer.id,
                    certificate: writer.certificate, key: writer.key)))
        sealer.append(.certificate(writer.certificate))
        sealer.append(.entry(entry))
        return sealer.finish()
    }

    /// The core of the hub's decision is there, and that it has refused is not.
    @Test(arguments: [true, false])
    func refusalThatIsLeftOutIsNotForgotten(isKnown: Bool) async throws {
        let batch = promotion()
        let answer = try harness.push(forger, batch)
        #expect(try harness.refusal(of: batch, in: answer) == .notAllowed)
        let sequence = try batch.header().sequence
        let decided = try harness.hub.database.read {
            try $0.entry(device: forger.device, sequence: sequence, sections: nil).admission
        }
        if isKnown {
            let undecided = try parcel(CarriedBatch(batch: batch, admission: nil), from: forger)
            _ = try await cora.readBundle(undecided)
        }
        let trimmed = CarriedBatch(batch: batch, admission: decided.keepingSections([]))
        _ = try await cora.readBundle(parcel(trimmed, from: forger))
        let role = try cora.read {
            try $0.record(forger.member.recordID, of: Schema.profile)?
                .integer(Fields.Profile.role)
        }
        #expect(role != Role.admin.rawValue)
        #expect(try cora.examine().faults == [])
        try await harness.sync(cora)
        #expect(try cora.examine().faults == [])
    }

    /// What a reader would look for after it has no number.
    @Test(arguments: [BatchHeader.sequenceMax, .max])
    func batchOfTheLargestNumberIsNoHarm(sequence: UInt64) async throws {
        let section = try #require(promotion().sections.first)
        let batch = SealedBatch.seal(
            programme: forger.programme, sequence: sequence,
            previous: promotion().id, context: .start,
            schemaVersion: Schema.version, sections: [section], key: forger.key)
        let entry = CarriedBatch(batch: batch, admission: nil)
        _ = try? await cora.readBundle(parcel(entry, from: forger))
        #expect(try cora.examine().faults == [])
        try await harness.sync(cora)
        #expect(try cora.examine().faults == [])
    }

    /// A request of somebody else's that was overheard is not answered to whoever asks beside it.
    @Test func answerIsSealedToWhoAsked() throws {
        let issued = try harness.hub.invite(
            .participant, email: "late@example.org", name: nil,
            validMilliseconds: HubHarness.day, now: harness.time)
        let redemption = try HubHarness.redemption(issued.text, key: SigningKey())
        var sealer = try ParcelSealer(toHub: harness.hub.key.publicKey)
        sealer.append(.redemption(try Envelope(encodedBytes: redemption)))
        sealer.append(.request(forger.request().sealed(by: forger.key)))
        let error = #expect(throws: HubError.self) {
            try harness.hub.carry(sealer.finish(), now: harness.time)
        }
        #expect(error?.reason == .malformed)
    }
}

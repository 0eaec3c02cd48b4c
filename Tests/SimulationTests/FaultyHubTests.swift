import Cryptography
import Foundation
import GRDB
import Model
import Synchronization
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Answers that a hub signed and that are wrong all the same, because it is faulty or its key is in
/// other hands: nothing of such an answer reaches a table, and the next honest one is taken.
@Suite(.timeLimit(.minutes(5))) struct FaultyHubTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    /// The mentor is level and has not fetched the participant's one new task.
    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try addTask("first")
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try addTask("second")
        try await programme.sync(pia)
    }

    private func addTask(_ title: String) throws {
        try pia.replica.act("task add", at: programme.now(pia)) { action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [
                    Fields.Task.title: .text(title),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ])
        }
    }

    /// A road on which answers change, signed anew with the hub's key.
    private struct Faulty: HubConnection {
        let hub: Hub
        let time: HubTime
        let deviceKey: PublicKey
        let alter: @Sendable (inout SyncAnswer) throws -> Void

        func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
            let request = try SyncRequest.open(Envelope(encodedBytes: envelope), key: deviceKey)
            var answer = try SyncAnswer.open(
                Envelope(encodedBytes: hub.sync(envelope, now: time)), hubKey: hub.key.publicKey,
                nonce: request.nonce)
            try alter(&answer)
            return answer.sealed(by: hub.key).encodedBytes
        }

        func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.redeem(envelope, now: time)
        }

        func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.rekey(envelope, now: time)
        }

        func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
            try hub.carry(parcel, now: time)
        }
    }

    private func titles() throws -> Set<String> {
        try mia.replica.read { reader in
            Set(try reader.records(of: Schema.task).compactMap { $0.text(Fields.Task.title) })
        }
    }

    /// Syncs over the faulty road, which must fail and change nothing, then over an honest one.
    private func expectRefusal(
        _ alter: @escaping @Sendable (inout SyncAnswer) throws -> Void
    ) async throws {
        let before = try Standing.of(mia)
        let road = Faulty(
            hub: programme.hub, time: programme.hubTime,
            deviceKey: mia.replica.credentials.key.publicKey,
            alter: alter)
        await #expect(throws: (any Error).self) {
            _ = try await mia.replica.sync(over: road, now: { programme.now(mia) })
        }
        #expect(try Standing.of(mia) == before)
        #expect(try titles() == ["first"])
        try await programme.sync(mia)
        #expect(try titles() == ["first", "second"])
        #expect(try mia.replica.examine().faults == [])
    }

    @Test func entryThatWasLeftOutIsNoticed() async throws {
        try await expectRefusal { answer in
            try #require(!answer.entries.isEmpty)
            answer.entries.removeAll()
        }
    }

    @Test func batchThatItsAuthorDidNotSignIsRefused() async throws {
        try await expectRefusal { answer in
            let entry = try #require(answer.entries.first)
            let batch = try #require(entry.batch)
            let signature = try Self.resealed(batch, with: SigningKey()).signature
            let forged = SealedBatch(
                headerBytes: batch.headerBytes, signature: signature, sections: batch.sections)
            answer.entries[0] = SyncAnswer.Entry(batch: forged, admission: entry.admission)
        }
    }

    /// The author has signed it, its sections are those that were admitted, and yet it is not what
    /// the hub decided on.
    @Test(arguments: [true, false])
    func admissionOfAnotherBatchWithTheSameSectionsIsRefused(hasOtherContext: Bool) async throws {
        let key = pia.replica.credentials.key
        try await expectRefusal { answer in
            let entry = try #require(answer.entries.first)
            let batch = try #require(entry.batch)
            let other =
                hasOtherContext
                ? try Self.resealed(batch, with: key, context: .start)
                : try Self.resealed(batch, with: key, previous: batch.id)
            answer.entries[0] = SyncAnswer.Entry(batch: other, admission: entry.admission)
        }
    }

    @Test func admissionThatTheHubDidNotSignIsRefused() async throws {
        let hubKey = programme.hub.key.publicKey
        try await expectRefusal { answer in
            let entry = try #require(answer.entries.first)
            let admission = try entry.admission.verify(hubKey: hubKey, isWhole: false)
            answer.entries[0] = SyncAnswer.Entry(
                batch: entry.batch, admission: .sign(admission, key: SigningKey()))
        }
    }

    /// A batch like this one except for what is given.
    private static func resealed(
        _ batch: SealedBatch, with key: SigningKey, context: Position? = nil,
        previous: Digest? = nil
    ) throws -> SealedBatch {
        let header = try batch.header()
        return SealedBatch.seal(
            programme: header.programme, sequence: header.sequence,
            previous: previous ?? header.previous, context: context ?? header.context,
            schemaVersion: header.schemaVersion, sections: batch.sections, key: key)
    }

    @Test func answerThatPromisesMoreAndBringsNothingIsGivenUp() async throws {
        struct StillAsking: Error {}
        let rounds = Mutex(0)
        let position = try await mia.replica.writer.read { try Meta($0).position() }
        let road = Faulty(
            hub: programme.hub, time: programme.hubTime,
            deviceKey: mia.replica.credentials.key.publicKey
        ) { answer in
            guard
                rounds.withLock({
                    $0 += 1; return $0 < 50
                })
            else { throw StillAsking() }
            answer = SyncAnswer(
                nonce: answer.nonce, hubTime: answer.hubTime, position: position, more: true)
        }
        await #expect(throws: ReplicaError.self) {
            _ = try await mia.replica.sync(over: road, now: { programme.now(mia) })
        }
    }
}

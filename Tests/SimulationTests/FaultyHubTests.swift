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
@Suite(.timeLimit(.minutes(10))) struct FaultyHubTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    /// The mentor is level and has not fetched the participant's one new task.
    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
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

    // MARK: Erasures and snapshots

    /// The participant's first batch and its section of tasks, as the mentor holds them.
    private func held() throws -> (batch: Digest, section: SectionBytes) {
        try mia.replica.write { [pia] store, _ in
            for sequence in UInt64(1)...9 {
                let device = pia.replica.identity.device
                guard let batch = try store.batch(device: device, sequence: sequence) else {
                    continue
                }
                for section in try store.sections(of: batch) {
                    let content = try section.content
                    let changes = try content.open().changeSets.flatMap(\.changes)
                    if changes.contains(where: { $0.entity == Schema.task.id }) {
                        return (batch.id, content)
                    }
                }
            }
            throw ReplicaError(.damaged, "no section of tasks")
        }
    }

    /// An answer that speaks of an erasure and of nothing else.
    private func expectRefusal(
        ofErasing places: [Int], as restated: [UInt8], by key: SigningKey
    ) async throws {
        let (batch, section) = try held()
        let position = try await mia.replica.writer.read { try Meta($0).position() }
        let signed = Restatement(
            programme: programme.hub.identity.programme, batch: batch, section: section.hash,
            restated: SectionBytes(restated).hash, position: position, places: places
        ).sign(with: key)
        try await expectRefusal { answer in
            answer = SyncAnswer(
                nonce: answer.nonce, hubTime: answer.hubTime, position: position, more: true)
            answer.restatements = [signed]
            answer.erased = position
        }
    }

    /// The places of the changes in the held section for which this holds.
    private func places(where isMeant: (Change) -> Bool) throws -> [Int] {
        let changes = try held().section.open().changeSets.flatMap(\.changes)
        return changes.indices.filter { isMeant(changes[$0]) }
    }

    /// The text is said to be erased, and another one stands in its place.
    @Test func restatementWithOtherWordsIsRefused() async throws {
        let section = try held().section.open()
        let sets = section.changeSets.map { set in
            ChangeSet(
                ordinal: set.ordinal, action: set.action, claimed: set.claimed,
                changes: set.changes.map { change in
                    guard case .set(.text) = change.operation else { return change }
                    return Change(
                        record: change.record, entity: change.entity, field: change.field,
                        operation: .set(.text("forged")))
                })
        }
        let forged = SectionBytes.seal(
            Section(scope: section.scope, firstNumber: section.firstNumber, changeSets: sets),
            salt: Array(repeating: 1, count: 16))
        let texts = try places { if case .set(.text) = $0.operation { true } else { false } }
        try await expectRefusal(ofErasing: texts, as: forged.bytes, by: programme.hub.key)
    }

    /// The bytes are as the hub says, and yet no erasure takes a record's life.
    @Test func restatementThatTakesMoreThanFieldsIsRefused() async throws {
        let creations = try places { $0.operation == .create }
        try #require(!creations.isEmpty)
        let bytes = try held().section.restatedBytes(erasing: creations)
        try await expectRefusal(ofErasing: creations, as: bytes, by: programme.hub.key)
    }

    @Test func restatementOfPlacesThatAreNotThereIsRefused() async throws {
        let bytes = try held().section.restatedBytes(erasing: [])
        try await expectRefusal(ofErasing: [70_000], as: bytes, by: programme.hub.key)
    }

    @Test func restatementThatTheHubDidNotSignIsRefused() async throws {
        let texts = try places { if case .set(.text) = $0.operation { true } else { false } }
        let bytes = try held().section.restatedBytes(erasing: texts)
        try await expectRefusal(ofErasing: texts, as: bytes, by: SigningKey())
    }

    /// The same again and again, each time with the promise of more.
    @Test func restatementsThatLeadNoFurtherAreGivenUp() async throws {
        let (batch, section) = try held()
        let texts = try places { if case .set(.text) = $0.operation { true } else { false } }
        let position = try await mia.replica.writer.read { try Meta($0).position() }
        let signed = try Restatement(
            programme: programme.hub.identity.programme, batch: batch, section: section.hash,
            restated: SectionBytes(section.restatedBytes(erasing: texts)).hash,
            position: position, places: texts
        ).sign(with: programme.hub.key)
        struct StillAsking: Error {}
        let rounds = Mutex(0)
        let road = Faulty(
            hub: programme.hub, time: programme.hubTime,
            deviceKey: mia.replica.credentials.key.publicKey
        ) { answer in
            let round = rounds.withLock { rounds in
                rounds += 1
                return rounds
            }
            guard round < 50 else { throw StillAsking() }
            answer = SyncAnswer(
                nonce: answer.nonce, hubTime: answer.hubTime, position: position, more: true)
            answer.restatements = [signed]
            answer.erased = position
        }
        await #expect(throws: ReplicaError.self) {
            _ = try await mia.replica.sync(over: road, now: { programme.now(mia) })
        }
    }

    /// A piece that is not the one whose hash the hub has signed, and a head that the hub has not
    /// signed: nothing of the answer is kept, and the honest one is taken.
    @Test(arguments: [true, false])
    func snapshotThatTheHubDidNotSignIsRefused(isPiece: Bool) async throws {
        try programme.reopenHub(SnapshotTests.tiny)
        let young = try programme.joinAgain(pia)
        let forgeries = Mutex(0)
        let road = Faulty(
            hub: programme.hub, time: programme.hubTime,
            deviceKey: young.replica.credentials.key.publicKey
        ) { answer in
            guard let part = answer.snapshots.first, let head = part.head else { return }
            forgeries.withLock { $0 += 1 }
            let other = SnapshotHead.Signed(
                headBytes: head.headBytes,
                signature: Signature(bytes: Array(1...64)) ?? head.signature)
            answer.snapshots[0] = SnapshotPart(
                scope: part.scope, head: isPiece ? head : other, firstPiece: part.firstPiece,
                pieces: isPiece ? [SnapshotPiece.seal([0])] : part.pieces)
        }
        await #expect(throws: (any Error).self) {
            _ = try await young.replica.sync(over: road, now: { programme.now(young) })
        }
        #expect(forgeries.withLock { $0 } == 1)
        let pieces = try await young.replica.writer.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM snapshotPiece")
        }
        #expect(pieces == 0)
        try await programme.syncAll()
        #expect(try Standing.of(young).rows == Standing.of(pia).rows)
        #expect(try young.replica.examine().faults == [])
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

import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct AdmissionTests {
    let harness: HubHarness
    let mentor: RawDevice
    let participant: RawDevice

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
    }

    private func task(_ device: RawDevice, title: String = "Read a book") -> [Change] {
        device.create(
            Schema.task, device.newID(),
            [
                Fields.Task.title: .text(title),
                Fields.Task.status: .integer(TaskStatus.open.rawValue),
            ])
    }

    private var scope: Scope { .participant(participant.member) }

    private func receipt(_ batch: SealedBatch, by device: RawDevice) throws -> SyncAnswer.Receipt {
        try #require(try harness.push(device, batch).receipts.first)
    }

    private func rows(_ table: String) throws -> Int {
        try harness.hub.database.read { try $0.count("SELECT count(*) FROM \(table)") }
    }

    @Test func allowedChangesAreAdmittedAndInTheTables() throws {
        let batch = mentor.batch(scope, task(mentor))
        #expect(try receipt(batch, by: mentor).outcome == .admitted)
        #expect(try rows("task") == 1)
    }

    @Test func sameBatchAgainIsKnownAtItsPlace() throws {
        let batch = mentor.batch(scope, task(mentor))
        let first = try receipt(batch, by: mentor)
        let second = try receipt(batch, by: mentor)
        #expect(second.outcome == .known)
        #expect(second.position == first.position)
        #expect(try rows("task") == 1)
    }

    @Test func forbiddenSetIsRefusedAndAllowedOneOfTheSameBatchIsNot() throws {
        let forbidden = participant.create(
            Schema.taskFeedback, participant.newID(),
            [Fields.TaskFeedback.task: .reference(participant.newID())])
        let batch = participant.batch([[(scope, forbidden)], [(scope, task(participant))]])
        #expect(try receipt(batch, by: participant).outcome == .admitted)
        let refusals = try harness.admission(of: batch).sections.flatMap(\.refusals)
        #expect(refusals.map(\.ordinal) == [0])
        #expect(refusals.map(\.reason) == [.notAllowed])
        #expect(try rows("task") == 1)
    }

    @Test func setIsRefusedInAllItsScopes() throws {
        let entry = participant.newID()
        let values: [FieldID: Value] = [Fields.JournalEntry.body: .text("words")]
        let foreign = Scope.own(mentor.member)
        let batch = participant.batch([
            [
                (.own(participant.member), participant.create(Schema.journalEntry, entry, values)),
                (foreign, participant.create(Schema.journalEntry, entry, values)),
            ]
        ])
        _ = try receipt(batch, by: participant)
        let sections = try harness.admission(of: batch).sections
        #expect(sections.allSatisfy { $0.refusals.map(\.reason) == [.wrongScope] })
        #expect(try rows("journalEntry") == 0)
    }

    @Test func setsThatBuildOnARefusedRecordGoWithIt() throws {
        let slot = participant.newID()
        let creation = participant.create(
            Schema.slot, slot, [Fields.Slot.start: .integer(0)])
        let edit = [
            Change(
                record: slot, entity: Schema.slot.id, field: Fields.Slot.withdrawn,
                operation: .set(.boolean(true)))
        ]
        let slots = Scope.slots(of: mentor.member)
        let batch = participant.batch([[(slots, creation)], [(slots, edit)]])
        _ = try receipt(batch, by: participant)
        let refusals = try harness.admission(of: batch).sections.flatMap(\.refusals)
        #expect(refusals.map(\.reason) == [.notAllowed, .missingRecord])
    }

    @Test func wholeRefusedSectionIsNotInTheScopesChain() throws {
        let before = try harness.hub.database.read { try $0.opened(.slots(of: mentor.member)) }
        let batch = participant.batch(
            .slots(of: mentor.member), participant.create(Schema.slot, participant.newID(), [:]))
        _ = try receipt(batch, by: participant)
        let after = try harness.hub.database.read { try $0.opened(.slots(of: mentor.member)) }
        #expect(before == nil)
        #expect(after == nil)
    }

    @Test func gapInTheChainIsRefusedWhole() throws {
        _ = mentor.batch(scope, task(mentor))
        let second = mentor.batch(scope, task(mentor))
        let receipt = try receipt(second, by: mentor)
        #expect(receipt.outcome == .refused)
        #expect(receipt.code == "chainBroken")
        #expect(try rows("task") == 0)
    }

    @Test func batchThatClaimsToHaveSeenTheFutureIsRefusedWhole() throws {
        let batch = mentor.batch(
            [[(scope, task(mentor))]], context: Position(epoch: 1, number: 1_000_000))
        #expect(try receipt(batch, by: mentor).code == "contextUnknown")
    }

    @Test func forgedBatchIsRefusedWhole() throws {
        let honest = mentor.batch(scope, task(mentor))
        let forged = SealedBatch(
            headerBytes: honest.headerBytes,
            signature: SigningKey().sign(
                honest.headerBytes, domain: SignatureDomain("waymark batch v1")),
            sections: honest.sections)
        let receipt = try receipt(forged, by: mentor)
        #expect(receipt.outcome == .refused)
        #expect(receipt.code == "badSignature")
    }

    @Test func batchOfAnotherDeviceIsRefusedWhole() throws {
        let theirs = participant.batch(scope, task(participant))
        #expect(try receipt(theirs, by: mentor).code == "badSignature")
        #expect(try rows("task") == 0)
    }

    @Test func missingSectionIsRefusedWhole() throws {
        let batch = mentor.batch(scope, task(mentor)).keepingSections { _ in false }
        #expect(try receipt(batch, by: mentor).outcome == .refused)
    }

    @Test func truncatedSectionIsRefusedButTheDeviceGoesOn() throws {
        let whole = SectionBytes.seal(
            Section(
                scope: scope, firstNumber: 1,
                changeSets: [
                    ChangeSet(
                        ordinal: 0, action: 1, claimed: ClaimedTime(milliseconds: 0),
                        changes: task(mentor, title: String(repeating: "x", count: 900)))
                ]), salt: RandomBytes.generate(count: 16))
        let damaged = mentor.seal([SectionBytes(whole.bytes.dropLast(3))])
        #expect(try receipt(damaged, by: mentor).outcome == .admitted)
        let admission = try harness.admission(of: damaged)
        #expect(
            admission.sections.flatMap(\.refusals).map(\.ordinal) == [SectionAdmission.allOrdinals])
        #expect(try rows("task") == 0)
    }

    @Test func sectionThatIsNoSectionIsRefusedAndNobodyElseGetsIt() throws {
        let junk = mentor.seal([SectionBytes(RandomBytes.generate(count: 200))])
        #expect(try receipt(junk, by: mentor).outcome == .admitted)
        #expect(try harness.hub.verify().fault == nil)
        let next = mentor.batch(scope, task(mentor))
        #expect(try receipt(next, by: mentor).outcome == .admitted)
    }

    @Test func inflatingSectionCostsNothing() throws {
        // Claims eight million bytes and brings a hundred.
        var writer = ByteWriter()
        writer.append(bytes: RandomBytes.generate(count: 16))
        writer.append(bytes: scope.bytes)
        for number: UInt64 in [1, 1, 1, UInt64(Limits.sectionInflatedBytesMax)] {
            writer.append(varint: number)
        }
        writer.append(byte: 1)
        writer.append(bytes: [UInt8](repeating: 0, count: 100))
        let batch = mentor.seal([SectionBytes(writer.bytes)])
        _ = try receipt(batch, by: mentor)
        #expect(try rows("task") == 0)
    }

    @Test func sectionsThatTogetherInflateTooFarAreRefusedWhole() throws {
        let text = String(repeating: "a", count: Limits.valueBytesMax)
        let sections = try (0..<5).map { index in
            let owner = try harness.join(.participant, name: "p\(index)")
            let changes = (0..<14).flatMap { _ in
                mentor.create(
                    Schema.task, mentor.newID(),
                    [
                        Fields.Task.title: .text("t"), Fields.Task.details: .text(text),
                        Fields.Task.status: .integer(1),
                    ])
            }
            return SectionBytes.seal(
                Section(
                    scope: .participant(owner.member), firstNumber: 1,
                    changeSets: [
                        ChangeSet(
                            ordinal: UInt32(index), action: 1,
                            claimed: ClaimedTime(milliseconds: 0), changes: changes)
                    ]), salt: RandomBytes.generate(count: 16))
        }
        let batch = mentor.seal(sections)
        #expect(try receipt(batch, by: mentor).code == "tooLarge")
    }

    @Test func newerSchemaWaitsAndLaterBatchesWithIt() throws {
        let newer = mentor.batch([[(scope, task(mentor))]], schemaVersion: Schema.version + 1)
        let after = mentor.batch(scope, task(mentor))
        let answer = try harness.push(mentor, newer, after)
        #expect(answer.receipts.map(\.outcome) == [.waiting, .waiting])
        #expect(try harness.push(mentor, newer).receipts.map(\.outcome) == [.waiting])
        #expect(try rows("task") == 0)
        #expect(try harness.hub.status().waiting == 2)
        #expect(try harness.hub.admitParked(now: harness.time) == 0)
    }

    @Test func reservedOrdinalDoesNotSpeakForOthers() throws {
        let changes = task(mentor)
        let section = SectionBytes.seal(
            Section(
                scope: scope, firstNumber: 1,
                changeSets: [
                    ChangeSet(
                        ordinal: 0, action: 1, claimed: ClaimedTime(milliseconds: 0),
                        changes: changes),
                    ChangeSet(
                        ordinal: .max, action: 1, claimed: ClaimedTime(milliseconds: 0),
                        changes: [changes[0]]),
                ]), salt: RandomBytes.generate(count: 16))
        _ = try receipt(mentor.seal([section]), by: mentor)
        #expect(try rows("task") == 0)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func clocksFromOtherAgesAreNoReasonToRefuse() throws {
        for claimed: Int64 in [915_148_800_000, 1_924_992_000_000] {
            let batch = mentor.batch([[(scope, task(mentor))]], claimed: claimed)
            #expect(try receipt(batch, by: mentor).outcome == .admitted)
        }
        let latest = try harness.hub.database.read {
            try $0.count("SELECT max(createdAt) FROM task")
        }
        #expect(latest <= harness.time.milliseconds)
    }

    @Test func revokedDeviceIsToldSo() throws {
        try harness.hub.revoke(mentor.device, isStolen: false, now: harness.time)
        let error = #expect(throws: HubError.self) {
            try harness.push(mentor, mentor.batch(scope, task(mentor)))
        }
        #expect(error?.reason == .deviceRevoked)
    }

    @Test func suspendedMemberIsToldSo() throws {
        try harness.hub.suspend(mentor.member, now: harness.time)
        let error = #expect(throws: HubError.self) {
            try harness.push(mentor, mentor.batch(scope, task(mentor)))
        }
        #expect(error?.reason == .memberSuspended)
    }

    @Test func batchesAfterADevicesOwnRevocationAreRefused() throws {
        let record = try #require(
            try harness.hub.database.read { try $0.device(mentor.device)?.record })
        let revoke = [
            Change(
                record: record, entity: Schema.device.id, field: Fields.Device.revocation,
                operation: .set(.integer(DeviceRevocation.retired.rawValue)))
        ]
        let answer = try harness.push(
            mentor, mentor.batch(.programme, revoke), mentor.batch(scope, task(mentor)))
        #expect(answer.receipts.map(\.outcome) == [.admitted, .refused])
        #expect(answer.receipts.last?.code == "deviceRevoked")
    }
}

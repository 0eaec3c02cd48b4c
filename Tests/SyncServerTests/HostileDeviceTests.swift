import Cryptography
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Members with valid keys whose devices say what the programs never would.
@Suite(.timeLimit(.minutes(10))) struct HostileDeviceTests {
    let harness: HubHarness
    let mentor: RawDevice
    let participant: RawDevice

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
    }

    private func setting(
        _ field: FieldID, of record: RecordID, _ entity: Entity, to value: Value
    ) -> Change {
        Change(record: record, entity: entity.id, field: field, operation: .set(value))
    }

    // MARK: Texts

    /// SQLite's interfaces end a text at its first zero, so what the table gives back would not be
    /// what was said.
    @Test func textWithZeroIsRefusedAndTheLogStaysSound() throws {
        let profile = participant.member.recordID
        for name in ["a\0b", "x"] {
            let change = setting(
                Fields.Profile.name, of: profile, Schema.profile, to: .text(name))
            let batch = participant.batch(.programme, [change])
            let answer = try harness.push(participant, batch)
            let reason = try harness.refusal(of: batch, in: answer)
            #expect(reason == (name == "x" ? nil : .malformed))
        }
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func namesWithZeroAreTurnedAwayWhenSomebodyJoins() throws {
        let issued = try mentor.invitation(.join(.participant), at: harness.time)
        let (invitation, bearer) = try InvitationToken.read(issued.text)
        let key = SigningKey()
        let request = RedeemRequest.make(
            token: invitation.token, bearer: bearer, device: key, deviceName: "lap\0top"
        ).sealed(by: key).encodedBytes
        let error = #expect(throws: HubError.self) {
            try harness.hub.redeem(request, now: harness.time)
        }
        #expect(error?.code == "malformed")
        // The invitation is still good.
        _ = try harness.redeem(issued.text)
    }

    /// Looking for something in a scope in which nothing was ever written leaves a row for it.
    @Test func scopeThatWasOnlyAskedForIsNoFault() throws {
        try harness.hub.database.write { store in
            _ = try store.tables.scope(.own(participant.member))
        }
        #expect(try harness.hub.verify().fault == nil)
    }

    // MARK: Much work for few bytes

    @Test func setKeepsToItsElements() throws {
        let entry = participant.newID()
        let scope = Scope.own(participant.member)
        let creation = participant.create(
            Schema.journalEntry, entry, [Fields.JournalEntry.date: .text("2026-11-25")])
        try harness.push(participant, participant.batch(scope, creation))
        func tag(_ numbers: Range<Int>, isAdded: Bool) throws -> RefusalReason? {
            let changes = numbers.map { number in
                let element = Value.text("tag \(number)")
                return Change(
                    record: entry, entity: Schema.journalEntry.id,
                    field: Fields.JournalEntry.tags,
                    operation: isAdded ? .add(element) : .remove(element))
            }
            let batch = participant.batch(scope, changes)
            let answer = try harness.push(participant, batch)
            return try harness.refusal(of: batch, in: answer)
        }
        #expect(try tag(0..<501, isAdded: true) == .tooManyElements)
        #expect(try tag(0..<400, isAdded: true) == nil)
        #expect(try tag(400..<501, isAdded: true) == .tooManyElements)
        // What was removed counts: it stays in the record's bookkeeping.
        #expect(try tag(400..<500, isAdded: false) == nil)
        #expect(try tag(500..<501, isAdded: true) == .tooManyElements)
    }

    @Test func batchOfTooManyChangesIsRefusedWhole() throws {
        let sets = (0...Limits.sectionChangesMax / 10_000).map { _ in
            [
                (
                    scope: Scope.programme,
                    changes: (0..<10_000).map { number in
                        setting(
                            Fields.Profile.location, of: participant.member.recordID,
                            Schema.profile,
                            to: .text("\(number % 10)"))
                    }
                )
            ]
        }
        // A section that states so many cannot be sealed; two of them together are too many.
        let batch = participant.batch(Array(sets[..<2]))
        #expect(!batch.isTooLarge)
        #expect(batch.size.changes == Limits.sectionChangesMax)
        let more = participant.create(
            Schema.journalEntry, participant.newID(),
            [Fields.JournalEntry.date: .text("2026-11-25")])
        let larger = participant.batch(
            sets[..<2] + [[(scope: Scope.own(participant.member), changes: more)]])
        #expect(larger.isTooLarge)
    }

    /// All requests share one writer, so a large one is taken in parts and others come in between.
    @Test func muchOfARequestIsTakenInParts() throws {
        let batches = (0..<450).map { number in
            participant.batch(
                .programme,
                [
                    setting(
                        Fields.Profile.location, of: participant.member.recordID, Schema.profile,
                        to: .text("\(number)"))
                ])
        }
        func receipts(_ batches: [SealedBatch]) throws -> [SyncAnswer.Receipt] {
            let request = participant.request(batches)
            let bytes = try harness.hub.sync(
                request.sealed(by: participant.key).encodedBytes, now: harness.time)
            return try participant.open(bytes, request).receipts
        }
        let first = try receipts(batches)
        #expect(first.count < batches.count)
        #expect(first.count > 100)
        #expect(first.allSatisfy { $0.outcome == .admitted })
        let rest = try receipts(Array(batches[first.count...]))
        #expect(first.count + rest.count == batches.count)
        #expect(rest.allSatisfy { $0.outcome == .admitted })
    }

    // MARK: Ids and positions

    /// The referee knows bookings by their ids, so one id is one booking in all pairs.
    @Test func bookingOfAnotherPairWithTheSameIDIsRefused() throws {
        let other = try harness.join(.mentor, name: "other")
        let slots = [
            mentor.slot(at: harness.time.milliseconds + 3_600_000),
            other.slot(at: harness.time.milliseconds + 7_200_000),
        ]
        try harness.push(mentor, slots[0].batch)
        try harness.push(other, slots[1].batch)
        let id = participant.newID()
        func request(_ slot: RecordID) -> [Change] {
            participant.create(
                Schema.booking, id, [Fields.Booking.slot: .reference(slot)])
        }
        let here = Scope.pair(mentor: mentor.member, participant: participant.member)
        let there = Scope.pair(mentor: other.member, participant: participant.member)
        let both = participant.batch([
            [(here, request(slots[0].id)), (there, request(slots[1].id))]
        ])
        #expect(
            try harness.refusal(of: both, in: harness.push(participant, both)) == .factRewritten)
        let first = participant.batch(here, request(slots[0].id))
        #expect(try harness.refusal(of: first, in: harness.push(participant, first)) == nil)
        let second = participant.batch(there, request(slots[1].id))
        #expect(
            try harness.refusal(of: second, in: harness.push(participant, second))
                == .factRewritten)
    }

    @Test(arguments: [Position(epoch: 0, number: 5), Position(epoch: 1, number: 0)])
    func contextThatIsNoPlaceIsRefused(context: Position) throws {
        let change = setting(
            Fields.Profile.location, of: participant.member.recordID, Schema.profile, to: .text("x")
        )
        let batch = participant.batch([[(.programme, [change])]], context: context)
        let receipt = try #require(try harness.push(participant, batch).receipts.first)
        #expect(receipt.outcome == .refused)
        #expect(receipt.code == "contextUnknown")
    }

    /// It may be the only one to know of that epoch. Who cannot show how it began gets nowhere.
    @Test func workOfAnUnknownEpochIsNotLookedAt() throws {
        let change = setting(
            Fields.Profile.location, of: participant.member.recordID, Schema.profile, to: .text("x")
        )
        let context = Position(epoch: 4_711, number: 3)
        let batch = participant.batch([[(.programme, [change])]], context: context)
        let before = try harness.hub.status().position
        for _ in 0..<2 {
            let answer = try harness.push(participant, batch)
            #expect(answer.lacking == .start)
            #expect(answer.receipts.isEmpty)
        }
        #expect(try harness.hub.status().position == before)
        #expect(try !harness.hub.recoveryStatus().isRecovering)
    }

    @Test func stolenDeviceStaysStolen() throws {
        let record = try harness.hub.database.read { store in
            try #require(try store.device(participant.device)).record
        }
        try harness.hub.revoke(participant.device, isStolen: true, now: harness.time)
        let admin = try harness.join(.admin, name: "admin")
        let batch = admin.batch(
            .programme,
            [
                setting(
                    Fields.Device.revocation, of: record, Schema.device,
                    to: .integer(DeviceRevocation.retired.rawValue))
            ])
        #expect(try harness.refusal(of: batch, in: harness.push(admin, batch)) == .malformed)
    }
}

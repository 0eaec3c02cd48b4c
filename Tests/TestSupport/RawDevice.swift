package import Cryptography
package import Model
package import Wire

/// A device that speaks the protocol and keeps no tables: it always asks from the start of the
/// order, and says whatever the test wants it to say.
package final class RawDevice {
    package let key: SigningKey
    package let programme: ProgrammeID
    package let hubKey: PublicKey
    package let certificate: DeviceCertificate.Signed
    package let member: MemberID
    private var counter: UInt64 = 0
    private var sequence: UInt64 = 0
    private var previous = Digest.zero
    private var numbers: [Scope: UInt64] = [:]

    package init(
        key: SigningKey, programme: ProgrammeID, hubKey: PublicKey,
        certificate: DeviceCertificate.Signed, member: MemberID
    ) {
        self.key = key
        self.programme = programme
        self.hubKey = hubKey
        self.certificate = certificate
        self.member = member
    }

    /// Whether it has made a batch.
    package var hasSent: Bool { sequence > 0 }

    /// Begins its chain anew, as an old copy of it would.
    package func forget() {
        sequence = 0
        previous = .zero
    }

    /// Goes on from what the hub has of it.
    package func goOn(after sequence: UInt64, _ batch: Digest, numbers: [Scope: UInt64]) {
        self.sequence = sequence
        previous = batch
        self.numbers = numbers
    }

    package var device: DeviceID { DeviceID(key.publicKey) }

    package func newID() -> RecordID {
        counter += 1
        return RecordID(device: device, counter: counter)
    }

    /// Changes that create a record with values.
    package func create(_ entity: Entity, _ record: RecordID, _ values: [FieldID: Value])
        -> [Change]
    {
        [Change(record: record, entity: entity.id, field: .life, operation: .create)]
            + entity.fields.compactMap { field in
                values[field.id].map { value in
                    Change(
                        record: record, entity: entity.id, field: field.id,
                        operation: field.merge == .text
                            ? writing(value.text ?? "") : .set(value))
                }
            }
    }

    /// The operation that writes a text where none was.
    package func writing(_ text: String) -> Change.Operation {
        let splice = TextSplice(position: 0, deletedCount: 0, inserted: text)
        let edit = TextEdit(device: device, sequence: 0, parents: .empty, splices: [splice])
        return .splice(edit.encoded)
    }

    /// The next batch of the device, with one change set of one scope.
    package func batch(_ scope: Scope, _ changes: [Change]) -> SealedBatch {
        batch([[(scope, changes)]])
    }

    /// The next batch of the device: change sets, each with its parts.
    package func batch(
        _ sets: [[(scope: Scope, changes: [Change])]], context: Position = .start,
        schemaVersion: UInt32 = Schema.version, claimed: Int64 = 1_800_000_000_000
    ) -> SealedBatch {
        var parts: [Scope: [ChangeSet]] = [:]
        for (ordinal, set) in sets.enumerated() {
            for part in set {
                parts[part.scope, default: []].append(
                    ChangeSet(
                        ordinal: UInt32(ordinal), action: 1,
                        claimed: ClaimedTime(milliseconds: claimed), changes: part.changes))
            }
        }
        let sections = parts.map { scope, sets in
            let section = Section(
                scope: scope, firstNumber: (numbers[scope] ?? 0) + 1, changeSets: sets)
            numbers[scope] = section.lastNumber
            return SectionBytes.seal(section, salt: RandomBytes.generate(count: 16))
        }
        return seal(sections, context: context, schemaVersion: schemaVersion)
    }

    /// The next batch of the device with these sections as they are.
    package func seal(
        _ sections: [SectionBytes], context: Position = .start,
        schemaVersion: UInt32 = Schema.version
    ) -> SealedBatch {
        sequence += 1
        let batch = SealedBatch.seal(
            programme: programme, sequence: sequence, previous: previous, context: context,
            schemaVersion: schemaVersion, sections: sections, key: key)
        previous = batch.id
        return batch
    }

    package func request(_ batches: [SealedBatch] = [], position: Position = .start) -> SyncRequest
    {
        SyncRequest(
            programme: programme, device: device, nonce: RandomBytes.generate(count: 16),
            position: position, digest: Self.digestOfNothing, batches: batches)
    }

    package func open(_ bytes: [UInt8], _ request: SyncRequest) throws -> SyncAnswer {
        try SyncAnswer.open(Envelope(encodedBytes: bytes), hubKey: hubKey, nonce: request.nonce)
    }

    /// What a device without a level scope sends.
    package static let digestOfNothing = Digest.of([], domain: HashDomain("waymark sync digest v1"))

    /// An invitation made on this device.
    package func invitation(
        _ purpose: InvitationToken.Purpose, at time: HubTime, validMilliseconds: Int64 = 86_400_000
    ) throws -> (text: String, token: InvitationToken) {
        try InvitationToken.make(
            invitation: newID(), purpose: purpose, email: "invited@example.org",
            issuedAtMilliseconds: time.milliseconds,
            expiresAtMilliseconds: time.milliseconds + validMilliseconds, hubKey: hubKey,
            hubURL: "https://localhost:8470", programmeName: "Test", certificate: certificate,
            issuerKey: key, bearer: SigningKey())
    }

    // MARK: What members do

    /// A slot of this mentor.
    package func slot(
        at start: Int64, minutes: Int64 = 30, capacity: Int64 = 1, isInstant: Bool = false,
        _ terms: [FieldID: Value] = [:]
    ) -> (id: RecordID, batch: SealedBatch) {
        let id = newID()
        let values: [FieldID: Value] = [
            Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(minutes),
            Fields.Slot.capacity: .integer(capacity),
            Fields.Slot.instant: .boolean(isInstant),
        ]
        let changes = create(Schema.slot, id, values.merging(terms) { $1 })
        return (id, batch(.slots(of: member), changes))
    }

    /// A request for a slot of a mentor by this participant.
    package func booking(
        _ slot: RecordID, or alternates: [RecordID] = [], with mentor: MemberID,
        waits: Bool = false
    ) -> (id: RecordID, batch: SealedBatch) {
        let id = newID()
        var values: [FieldID: Value] = [
            Fields.Booking.slot: .reference(slot),
            Fields.Booking.alternates: .list(alternates.map { .reference($0) }),
        ]
        if waits { values[Fields.Booking.waits] = .boolean(true) }
        let changes = create(Schema.booking, id, values)
        return (id, batch(.pair(mentor: mentor, participant: member), changes))
    }

    /// An act about a booking.
    package func act(
        _ kind: BookingActKind, on booking: RecordID, in scope: Scope, text: String? = nil,
        _ further: [FieldID: Value] = [:]
    ) -> (id: RecordID, batch: SealedBatch) {
        let id = newID()
        var values: [FieldID: Value] = [
            Fields.BookingAct.booking: .reference(booking),
            Fields.BookingAct.kind: .integer(kind.rawValue),
        ]
        values[Fields.BookingAct.text] = text.map { .text($0) }
        values.merge(further) { $1 }
        return (id, batch(scope, create(Schema.bookingAct, id, values)))
    }
}

import Cryptography
import Model
import Replica
import Wire

/// The log as one transaction sees it: appends batches with their admissions, keeps the merged
/// tables and the hub's books in step, and lets the referee answer.
///
/// One batch is one position. A client's batch goes through ``append(_:author:receipt:)``; what
/// the hub itself says goes through ``say(_:at:)`` and takes the same way. `verify` replays a log
/// through the very same functions.
final class Ledger {
    let store: HubStore
    let facts: HubFacts
    let key: SigningKey
    let programme: ProgrammeID
    /// The hub's own device.
    let device: DeviceID
    /// What was done to the log in this transaction.
    var tally = HubTally()
    /// The hub's own words, from before it was set back, on sections that have just come.
    var wordsOnWhatCame: [Restatement.Signed] = []

    init(_ store: HubStore, key: SigningKey) {
        self.store = store
        self.key = key
        facts = HubFacts(store)
        programme = ProgrammeID(hubKey: key.publicKey)
        device = DeviceID(key.publicKey)
    }

    var tables: StoreTransaction { store.tables }

    /// The hub as an issuer of invitations: no member, so an id that nobody can have.
    var issuer: MemberID { Self.issuer(hub: device) }

    static func issuer(hub device: DeviceID) -> MemberID {
        MemberID(RecordID(device: device, counter: 0))
    }

    /// The position that the next batch gets.
    func nextPosition() throws -> Position {
        let head = try store.head()
        return Position(epoch: max(head.epoch, 1), number: head.number + 1)
    }

    /// The hub's order time: the clock's, but never before a time already used.
    func orderTime(_ now: HubTime) throws -> HubTime {
        let last = HubTime(milliseconds: try store.hubMeta.integer(.lastTime) ?? 0)
        if now > last {
            try store.hubMeta.set(.lastTime, integer: now.milliseconds)
            return now
        }
        return last
    }

    /// A batch that has its place in the log.
    struct Appended {
        let position: Position
        let admission: SignedAdmission
        let events: AdmittedEvents
        /// Whether some change set was refused.
        let hasRefusals: Bool
    }

    /// Appends a verified batch at the next position: decides on each change set, applies the
    /// admitted ones, signs and stores the decision, and brings grants up to date.
    ///
    /// The caller has checked that the author's device may write at all and that the batch follows
    /// its predecessor.
    ///
    /// `recorded` is what was decided before, when a log is replayed; it counts for batches from
    /// which texts were erased since.
    func append(
        _ verified: VerifiedBatch, author: ChangeAuthor, receipt: HubTime,
        recorded: [SectionAdmission] = []
    ) throws -> Appended {
        let position = try nextPosition()
        var decision = BatchDecision(
            ledger: self, batch: verified, position: position, recorded: recorded)
        try decision.decide(author: author, receipt: receipt)
        let admission = Admission(
            batch: verified.id, position: position, receipt: receipt,
            sections: decision.sectionAdmissions)
        let signed = SignedAdmission.sign(admission, key: key)
        try tables.log(verified.batch, header: verified.header, state: .admitted)
        try tables.note(admission: admission, signed: signed, of: verified.header)
        try decision.log(signed)
        try tables.meta.set(position: position)
        try erase(decision.events.erasures, at: position)
        try Readership(self).update(after: decision.events, at: position)
        if !author.isHub {
            tally.changes += decision.admittedChangeCount
            tally.noteRefusals(of: admission)
        }
        if try store.isRecovering(at: position) {
            for event in decision.events.events { try wait(event, admitted: position, giver: nil) }
        }
        return Appended(
            position: position, admission: signed, events: decision.events,
            hasRefusals: admission.sections.contains { !$0.refusals.isEmpty })
    }

    /// Puts a section on which was decided into the log, lengthens its scope's chain if it was
    /// released, and notes where the scope stands now.
    ///
    /// - Returns: whether it is the first of its scope.
    func log(
        _ bytes: SectionBytes, of header: BatchHeader, batch: Digest, in scope: ScopeRow,
        at position: Position, admissionBytes: [UInt8], isReleased: Bool,
        progress: StoreTransaction.DeviceProgress
    ) throws -> Bool {
        let section = try tables.log(
            section: bytes, of: header, in: scope, position: position,
            admissionBytes: admissionBytes, isReleased: isReleased, isApplied: isReleased)
        wordsOnWhatCame += try store.takeWords(on: bytes.hash, ofBatch: batch)
        try tables.set(progress: progress, of: header.device, in: scope)
        guard isReleased else { return false }
        let isOpening = try tables.scope(scope.scope).opened == nil
        try tables.extendChain(
            of: scope.scope, position: position, batch: batch, section: bytes.hash,
            admissionBytes: admissionBytes)
        var row = try tables.scope(scope.scope)
        // On the hub a scope's cursor is the position of its last entry.
        row.cursor = position
        try tables.update(row)
        try store.note(chain: row.chain, stateHash: row.stateHash.bytes, ofSection: section)
        return isOpening
    }

    /// Appends batches of the hub's own with these change sets, nearly always one. Returns where the
    /// last of them stands.
    @discardableResult
    func say(_ sets: [HubChangeSet], at now: HubTime) throws -> Position {
        for batch in sets.dividedIntoBatches() { try sayAtOnce(batch, at: now) }
        return try store.head()
    }

    private func sayAtOnce(_ sets: [HubChangeSet], at now: HubTime) throws {
        let batch = try sealed(sets, at: now)
        let verified = try VerifiedBatch.verify(
            batch, key: key.publicKey, programme: programme, isWhole: true)
        let appended = try append(verified, author: .hub(device), receipt: now)
        guard !appended.hasRefusals else {
            throw HubError(.internal, "The hub wrote something it may not write.")
        }
        tally.noteVerdicts(in: sets)
    }

    private func sealed(_ sets: [HubChangeSet], at now: HubTime) throws -> SealedBatch {
        let base = try Self.base(of: store.head().epoch)
        var byScope: [Scope: [ChangeSet]] = [:]
        for (ordinal, set) in sets.enumerated() {
            let action = try tables.meta.next(.action)
            for part in set.parts {
                byScope[part.scope, default: []].append(
                    ChangeSet(
                        ordinal: UInt32(ordinal), action: action,
                        claimed: ClaimedTime(milliseconds: now.milliseconds),
                        changes: part.changes))
            }
        }
        let sections = try byScope.sorted { $0.key < $1.key }.map { scope, sets in
            let last = try tables.progress(of: device, in: tables.scope(scope)).lastNumber
            let section = Section(
                scope: scope, firstNumber: max(last, base) + 1, changeSets: sets)
            return SectionBytes.seal(
                section, salt: RandomBytes.generate(count: WireFormat.saltByteCount))
        }
        let (sequence, previous) = try nextInOwnLog()
        return SealedBatch.seal(
            programme: programme, sequence: sequence, previous: previous,
            context: try store.head(),
            schemaVersion: Schema.version, sections: sections, key: key)
    }

    /// A new id for a record of the hub's own.
    func newRecordID() throws -> RecordID {
        RecordID(device: device, counter: try tables.meta.next(.recordCounter))
    }

    /// Changes that create a record with these values, in the order of its fields.
    func creation(
        of entity: Entity, _ record: RecordID, _ values: [FieldID: Value]
    ) -> [Change] {
        let life = Change(record: record, entity: entity.id, field: .life, operation: .create)
        return [life]
            + entity.fields.compactMap { field in
                guard let value = values[field.id], !value.isNull else { return nil }
                return Change(
                    record: record, entity: entity.id, field: field.id, operation: .set(value))
            }
    }

    /// Changes that create the record of a device that the hub has certified.
    func deviceCreation(
        _ record: RecordID, member: MemberID, certificate: DeviceCertificate.Signed, name: String
    ) -> [Change] {
        creation(
            of: Schema.device, record,
            [
                Fields.Device.member: .member(member),
                Fields.Device.certificate: .bytes(certificate.encodedBytes),
                Fields.Device.name: .text(name),
            ])
    }

    /// A change that gives a field a value.
    func setting(
        _ field: FieldID, of record: RecordID, _ entity: Entity, to value: Value
    ) -> Change {
        Change(record: record, entity: entity.id, field: field, operation: .set(value))
    }
}

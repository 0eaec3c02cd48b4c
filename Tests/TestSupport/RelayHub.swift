package import Cryptography
package import Model
import Replica
import Synchronization
import Wire

/// A hub without rules: it admits every batch at once and passes it on to everybody, except what
/// lies in somebody's own scope. Verdicts are written by the test.
///
/// It speaks the real protocol to real replicas, so tests of queries and commands can have admitted
/// records, other people's changes and refusals without a server.
package final class RelayHub: HubConnection {
    private struct Entry {
        let position: Position
        let batch: SealedBatch
        let scopes: [Digest: Scope]
        let device: DeviceID
        let admission: SignedAdmission
        let isRefused: Bool
    }

    private struct State {
        var keys: [DeviceID: PublicKey] = [:]
        var members: [DeviceID: MemberID] = [:]
        var log: [Entry] = []
        var sequence: UInt64 = 0
        var lastBatch = Digest.zero
        var numbers: [Scope: UInt64] = [:]
        var recordCounter: UInt64 = 1_000
        var time: Int64
        var refusals: [RefusalReason] = []
    }

    package let key: SigningKey
    private let state: Mutex<State>

    /// - Parameters:
    ///   - key: the hub's key, which the members' invitations name.
    ///   - time: the hub's clock, in milliseconds since 1970; it ticks a second with each batch.
    package init(key: SigningKey, time: Int64) {
        self.key = key
        state = Mutex(State(time: time))
    }

    package var device: DeviceID { DeviceID(key.publicKey) }

    /// Lets the hub refuse all change sets of the next batch that it gets, for this reason.
    package func refuseNextBatch(_ reason: RefusalReason) {
        state.withLock { $0.refusals.append(reason) }
    }

    package func advanceTime(toMilliseconds time: Int64) {
        state.withLock { $0.time = max($0.time, time) }
    }

    // MARK: Writing as the hub

    /// Writes a record of the hub's own.
    @discardableResult
    package func create(
        _ entity: Entity, in scope: Scope, id: RecordID? = nil, values: [FieldID: Value]
    ) -> RecordID {
        state.withLock { state in
            let record = id ?? nextRecordID(&state)
            let fields = values.sorted { $0.key < $1.key }.map { field, value in
                Change(
                    record: record, entity: entity.id, field: field, operation: .set(value))
            }
            let creation = Change(
                record: record, entity: entity.id, field: .life, operation: .create)
            write([creation] + fields, in: scope, &state)
            return record
        }
    }

    /// Changes a field as the hub.
    package func set(
        _ field: FieldID, of record: RecordID, _ entity: Entity, in scope: Scope, to value: Value
    ) {
        let change = Change(
            record: record, entity: entity.id, field: field, operation: .set(value))
        state.withLock { write([change], in: scope, &$0) }
    }

    /// Makes one member the mentor of another.
    @discardableResult
    package func pair(mentor: MemberID, participant: MemberID) -> RecordID {
        create(
            Schema.mentorship, in: .pair(mentor: mentor, participant: participant),
            values: [
                Fields.Mentorship.mentor: .member(mentor),
                Fields.Mentorship.participant: .member(participant),
            ])
    }

    /// Rules on a booking's request or on an act about it.
    package func rule(
        on booking: RecordID, act: RecordID?, in scope: Scope, state ruled: BookingState,
        slot: RecordID? = nil, reason: VerdictReason? = nil, laterReason: Int64? = nil,
        alternatives: [RecordID] = []
    ) {
        var values: [FieldID: Value] = [
            Fields.BookingVerdict.booking: .reference(booking),
            Fields.BookingVerdict.state: .integer(ruled.rawValue),
            Fields.BookingVerdict.at: .integer(state.withLock { $0.time }),
        ]
        values[Fields.BookingVerdict.act] = act.map { .reference($0) }
        values[Fields.BookingVerdict.slot] = slot.map { .reference($0) }
        values[Fields.BookingVerdict.reason] = (reason?.rawValue ?? laterReason).map {
            .integer($0)
        }
        if !alternatives.isEmpty {
            values[Fields.BookingVerdict.alternatives] = .list(
                alternatives.map { .reference($0) })
        }
        create(Schema.bookingVerdict, in: scope, values: values)
    }

    private func nextRecordID(_ state: inout State) -> RecordID {
        state.recordCounter += 1
        return RecordID(device: device, counter: state.recordCounter)
    }

    private func write(_ changes: [Change], in scope: Scope, _ state: inout State) {
        let first = state.numbers[scope, default: 0] + 1
        state.numbers[scope] = first + UInt64(changes.count) - 1
        let set = ChangeSet(
            ordinal: 0, action: state.sequence + 1,
            claimed: ClaimedTime(milliseconds: state.time), changes: changes)
        let section = SectionBytes.seal(
            Section(scope: scope, firstNumber: first, changeSets: [set]),
            salt: RandomBytes.generate(count: 16))
        state.sequence += 1
        let batch = SealedBatch.seal(
            programme: ProgrammeID(hubKey: key.publicKey), sequence: state.sequence,
            previous: state.lastBatch, context: head(state), schemaVersion: Schema.version,
            sections: [section], key: key)
        state.lastBatch = batch.id
        admit(batch, scopes: [section.hash: scope], device: device, &state)
    }

    // MARK: The log

    private func head(_ state: State) -> Position { state.log.last?.position ?? .start }

    private func admit(
        _ batch: SealedBatch, scopes: [Digest: Scope], device: DeviceID, _ state: inout State,
        refusal: RefusalReason? = nil
    ) {
        state.time += 1_000
        let position = Position(epoch: 1, number: head(state).number + 1)
        let refusals = refusal.map {
            [SectionAdmission.Refusal(ordinal: SectionAdmission.allOrdinals, reason: $0)]
        }
        let admission = Admission(
            batch: batch.id, position: position, receipt: HubTime(milliseconds: state.time),
            sections: batch.sections.map {
                SectionAdmission(section: $0.hash, floor: .earliest, refusals: refusals ?? [])
            })
        state.log.append(
            Entry(
                position: position, batch: batch, scopes: scopes, device: device,
                admission: .sign(admission, key: key), isRefused: refusal != nil))
    }

    // MARK: HubConnection

    package func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
        let request = try RedeemRequest.open(Envelope(encodedBytes: envelope))
        let invitation = try InvitationToken.readWithoutSecret(request.token)
        let member = invitation.member
        let role = invitation.role ?? .participant
        let certificate = DeviceCertificate(
            programme: ProgrammeID(hubKey: key.publicKey), key: request.key, member: member,
            role: role, validFrom: .start
        ).sign(with: key)
        learn(request.key, of: member)
        // A further device is that of a member whose profile is there.
        if invitation.role != nil {
            create(
                Schema.profile, in: .programme, id: member.recordID,
                values: [
                    Fields.Profile.role: .integer(role.rawValue),
                    Fields.Profile.state: .integer(MemberState.active.rawValue),
                ])
        }
        createDevice(certificate, member, name: request.deviceName)
        return answer(certificate, role: role, email: invitation.email ?? "")
    }

    package func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
        let opened = try Envelope(encodedBytes: envelope)
        let (known, member) = state.withLock { state in
            (opened.signer.flatMap { state.keys[$0] }, opened.signer.flatMap { state.members[$0] })
        }
        guard let known, let member else {
            throw WireError(.wrongDevice, "The device is unknown.")
        }
        let request = try RekeyRequest.open(opened, oldKey: known)
        let certificate = DeviceCertificate(
            programme: request.programme, key: request.key, member: member, role: .participant,
            validFrom: .start, predecessor: request.predecessor
        ).sign(with: key)
        learn(request.key, of: member)
        createDevice(certificate, member, name: request.deviceName)
        return answer(certificate, role: .participant, email: "")
    }

    private func learn(_ key: PublicKey, of member: MemberID) {
        state.withLock { state in
            state.keys[DeviceID(key)] = key
            state.members[DeviceID(key)] = member
        }
    }

    private func createDevice(
        _ certificate: DeviceCertificate.Signed, _ member: MemberID, name: String
    ) {
        create(
            Schema.device, in: .programme,
            values: [
                Fields.Device.member: .member(member),
                Fields.Device.certificate: .bytes(certificate.encodedBytes),
                Fields.Device.name: .text(name),
            ])
    }

    private func answer(
        _ certificate: DeviceCertificate.Signed, role: Role, email: String
    ) -> [UInt8] {
        state.withLock { state in
            RedeemAnswer(
                hubKey: key.publicKey, certificate: certificate, programmeName: "Test",
                hubTime: HubTime(milliseconds: state.time), position: head(state), email: email,
                role: role)
        }
        .sealed(by: key).encodedBytes
    }

    package func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
        let opened = try Envelope(encodedBytes: envelope)
        let known = state.withLock { state in opened.signer.flatMap { state.keys[$0] } }
        guard let known else { throw WireError(.wrongDevice, "The device is unknown.") }
        let request = try SyncRequest.open(opened, key: known)
        let answer = try state.withLock { state in try self.answer(request, &state) }
        return answer.sealed(by: key).encodedBytes
    }

    private func answer(_ request: SyncRequest, _ state: inout State) throws -> SyncAnswer {
        var receipts: [SyncAnswer.Receipt] = []
        for batch in request.batches {
            if let known = state.log.first(where: { $0.batch.id == batch.id }) {
                receipts.append(
                    SyncAnswer.Receipt(
                        batch: batch.id, outcome: .known, position: known.position))
                continue
            }
            var scopes: [Digest: Scope] = [:]
            for section in batch.sections { scopes[section.hash] = try section.open().scope }
            let refusal = state.refusals.isEmpty ? nil : state.refusals.removeFirst()
            admit(batch, scopes: scopes, device: request.device, &state, refusal: refusal)
            receipts.append(
                SyncAnswer.Receipt(batch: batch.id, outcome: .admitted, position: head(state)))
        }
        return answer(to: request, receipts, state)
    }

    package func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
        let contents = try Parcel(encodedBytes: parcel).open(with: SealingKey(key))
        var batches: [SealedBatch] = []
        var request: Envelope?
        for part in contents?.parts ?? [] {
            if case .request(let envelope) = part { request = envelope }
            if case .batch(let batch) = part { batches.append(batch) }
        }
        let known = state.withLock { state in request?.signer.flatMap { state.keys[$0] } }
        guard let request, let known else {
            throw WireError(.wrongDevice, "The device is unknown.")
        }
        var opened = try SyncRequest.open(request, key: known)
        opened.batches = batches
        let carried = opened
        let answer = try state.withLock { state in try self.answer(carried, &state) }
        var sealer = try ParcelSealer(
            toDevices: [known], programme: ProgrammeID(hubKey: key.publicKey))
        sealer.append(.answer(answer.sealed(by: key)))
        return sealer.finish()
    }

    /// Everything that a reader has not got: what is new in the scopes that they have, then the
    /// scopes that were opened since, from their beginnings.
    private func answer(
        to request: SyncRequest, _ receipts: [SyncAnswer.Receipt], _ state: State
    ) -> SyncAnswer {
        let reader = request.device
        let opened = openings(for: state.members[reader], state)
        let gained = opened.filter { $0.value > request.position }.keys.sorted()
        let known = Set(opened.keys).subtracting(gained)
        let recent = state.log.filter { $0.position > request.position }
        let main = recent.compactMap { entry in
            entry.device == reader
                ? SyncAnswer.Entry(batch: nil, admission: entry.admission)
                : shown(entry, in: known)
        }
        return SyncAnswer(
            nonce: request.nonce, hubTime: HubTime(milliseconds: state.time),
            position: head(state),
            grants: gained.map { Grant(scope: $0, isGranted: true, position: head(state)) },
            entries: main + recent.compactMap { shown($0, in: Set(gained)) },
            caughtUp: gained.map { ScopeCursor(scope: $0, position: head(state)) },
            receipts: receipts)
    }

    /// Where the scopes that a member reads were opened.
    private func openings(for member: MemberID?, _ state: State) -> [Scope: Position] {
        var opened: [Scope: Position] = [:]
        for entry in state.log where !entry.isRefused {
            for scope in entry.scopes.values
            where scope.kind != .own || scope.owner == member {
                opened[scope] = opened[scope] ?? entry.position
            }
        }
        return opened
    }

    /// The part of an entry that lies in some scopes; nil if nothing does.
    private func shown(_ entry: Entry, in scopes: Set<Scope>) -> SyncAnswer.Entry? {
        let sections = entry.batch.sections.filter { section in
            entry.scopes[section.hash].map { scopes.contains($0) } ?? false
        }
        guard !sections.isEmpty, !entry.isRefused else { return nil }
        return SyncAnswer.Entry(
            batch: SealedBatch(
                headerBytes: entry.batch.headerBytes, signature: entry.batch.signature,
                sections: sections),
            admission: entry.admission.keepingSections(Set(sections.map(\.hash))))
    }
}

import Cryptography
import Model
import Replica
import Wire

/// Taking back what the hub has lost: `protocol/recovery.md`.
extension Hub {
    /// Answers a device that stands at a place which the hub has lost, that has seen such a place,
    /// or that gives something back.
    ///
    /// - Returns: the answer; nil for an ordinary request.
    func performReturn(
        _ prepared: PreparedSync, of row: HubStore.DeviceRow, _ ledger: Ledger, at time: HubTime
    ) throws -> PerformedSync? {
        let request = prepared.request
        guard
            try request.givesBack || !lostPlaces(of: request, ledger.store).isEmpty
                || isOfLostEpoch(prepared, ledger)
        else { return nil }
        return try takeBack(request, member: row.member, ledger, at: time)
    }

    /// The places up to which the device has seen the order and that the hub has lost: a snapshot may
    /// have brought a scope further than the pages have come, and erasures are told of before all.
    private func lostPlaces(of request: SyncRequest, _ store: HubStore) throws -> Set<Position> {
        // Most cursors stand at one place.
        var lost = try Set([request.position] + request.catchingUp.map(\.position))
            .filter { try !isKnown($0, store) }
        // A device may have heard of it before its first page. The hub may have got back a part of
        // what was erased at the place.
        if try !isKnown(request.erased, store)
            && (request.position.epoch != store.head().epoch
                || !store.hasErased(at: request.erased))
        {
            lost.insert(request.erased)
        }
        return lost
    }

    /// Whether a batch was sealed in an epoch that the hub does not know. A device that has begun
    /// anew stands at the start of any order, and its work may be all that still tells of an epoch.
    private func isOfLostEpoch(_ prepared: PreparedSync, _ ledger: Ledger) throws -> Bool {
        guard !prepared.batches.isEmpty else { return false }
        let lineage = try ledger.tables.lineage()
        return prepared.batches.contains { batch in
            guard let verified = try? batch.result.get() else { return false }
            return !lineage.knows(epoch: verified.header.context.epoch)
        }
    }

    /// The same for a device that the hub does not know any more, but certified once. When it has
    /// nothing to give back, its certificate is all that is left of it, and counts again.
    func performReturn(
        _ prepared: PreparedSync, of certificate: DeviceCertificate, _ ledger: Ledger,
        at time: HubTime
    ) throws -> PerformedSync? {
        let request = prepared.request
        let store = ledger.store
        let epoch = try store.head().epoch
        if certificate.validFrom.epoch >= epoch {
            try ledger.openEpoch(after: certificate.validFrom.epoch)
        }
        try ledger.noteSetBack(by: certificate.validFrom, now: time)
        if try request.givesBack || request.position != .start
            || !lostPlaces(of: request, store).isEmpty
        {
            return try takeBack(request, member: certificate.member, ledger, at: time)
        }
        guard let signed = request.certificate else { return nil }
        try readmit(signed, certificate, ledger, at: time)
        return nil
    }

    /// Whether a place is in the hub's order.
    func isKnown(_ position: Position, _ store: HubStore) throws -> Bool {
        let lineage = try store.tables.lineage()
        let head = try store.head()
        if position.epoch == head.epoch { return position.number <= head.number }
        return position.epoch < head.epoch && lineage.holds(position)
    }

    /// Whether somebody can have seen everything up to a place: one in the order, or one that the hub
    /// has lost.
    func isPossible(context: Position, _ store: HubStore) throws -> Bool {
        let head = try store.head()
        // A later epoch begins at its number 0.
        guard context.isPlace || context.epoch > Lineage.firstEpoch else { return false }
        if context.epoch == head.epoch { return context.number <= head.number }
        return try context.epoch < head.epoch && store.tables.lineage().knows(epoch: context.epoch)
    }

    private func takeBack(
        _ request: SyncRequest, member: MemberID, _ ledger: Ledger, at time: HubTime
    ) throws -> PerformedSync {
        for start in request.epochs { _ = try start.verify(hubKey: key.publicKey) }
        try ledger.learn(request.epochs, now: time)
        var performed = PerformedSync(request: request, member: member, time: time)
        for entry in request.returned {
            guard let batch = entry.batch else { continue }
            performed.receipts.append(
                try take(batch, entry.admission, from: request.device, ledger, at: time))
        }
        if !request.returned.isEmpty {
            // What it gave back may have been received later, by a clock that was ahead.
            try ledger.store.noteGivingBack(request.device, at: ledger.orderTime(time))
        }
        try ledger.eraseAgain(request.restatements, now: time)
        let lineage = try ledger.tables.lineage()
        let shared = try lostPlaces(of: request, ledger.store).map { lost in
            // Nothing tells where a place of the present epoch leaves the order.
            lost.epoch == lineage.present ? .start : lineage.lastShared(with: lost)
        }
        performed.lacking = shared.min() ?? .start
        return performed
    }

    // MARK: One entry

    private func take(
        _ batch: SealedBatch, _ signed: SignedAdmission, from giver: DeviceID, _ ledger: Ledger,
        at time: HubTime
    ) throws -> SyncAnswer.Receipt {
        func receipt(
            _ outcome: SyncAnswer.Receipt.Outcome, _ code: String = ""
        ) -> SyncAnswer.Receipt {
            SyncAnswer.Receipt(batch: batch.id, outcome: outcome, code: code)
        }
        let admission: Admission
        let verified: VerifiedBatch
        do {
            admission = try signed.verify(hubKey: key.publicKey, isWhole: false)
            guard admission.batch == batch.id else { return receipt(.refused, "malformed") }
            let author = try batch.header().device
            guard let authorKey = try ledger.tables.key(of: author) else {
                return receipt(.refused, "unknownDevice")
            }
            verified = try VerifiedBatch.verify(
                batch, key: authorKey, programme: identity.programme, isWhole: false)
        } catch let error as WireError {
            return receipt(.refused, error.hubError.code)
        }
        switch try place(verified, admission, signed, from: giver, ledger, at: time) {
        case .known: return receipt(.known)
        case .taken: return receipt(.admitted)
        case .contradicts:
            let count = try ledger.store.hubMeta.integer(.refusedReturns) ?? 0
            try ledger.store.hubMeta.set(.refusedReturns, integer: count + 1)
            return receipt(.refused, "chainBroken")
        }
    }

    private enum Taken { case taken, known, contradicts }

    /// Puts what the hub lacks of a batch into its order.
    private func place(
        _ batch: VerifiedBatch, _ admission: Admission, _ signed: SignedAdmission,
        from giver: DeviceID, _ ledger: Ledger, at time: HubTime
    ) throws -> Taken {
        let header = batch.header
        let lineage = try ledger.tables.lineage()
        guard lineage.knows(epoch: admission.position.epoch),
            lineage.knows(epoch: header.context.epoch)
        else { return .contradicts }
        var returned = ReturnedBatch(
            ledger, batch: batch, admission: admission, signed: signed, giver: giver)
        let missing = try returned.missing()
        if let known = try ledger.tables.batch(device: header.device, sequence: header.sequence) {
            guard known.id == batch.id else { return .contradicts }
            guard !missing.isEmpty else { return .known }
            // One batch has one decision.
            guard known.position == admission.position else { return .contradicts }
        } else {
            guard try isNeighbourly(batch, ledger) else { return .contradicts }
        }
        // A decision of the present epoch that the hub does not remember, signed by itself.
        if try admission.position.epoch >= ledger.store.head().epoch {
            try ledger.openEpoch(after: admission.position.epoch)
        }
        try ledger.noteSetBack(by: admission.position, now: time)
        try returned.place(missing, at: ledger.nextPosition())
        try ledger.replaceAssumptions(by: returned.standings, at: time)
        // A hub of before, or one that was set back, may have let it wait.
        try ledger.store.unpark(batch.id)
        return .taken
    }

    /// Whether the batches before and after it in its device's log, where they are known, are those
    /// that it continues and that continue it.
    private func isNeighbourly(_ batch: VerifiedBatch, _ ledger: Ledger) throws -> Bool {
        let (device, sequence) = (batch.header.device, batch.header.sequence)
        if let before = try ledger.tables.batch(device: device, sequence: sequence - 1),
            before.id != batch.header.previous
        {
            return false
        }
        guard let next = try ledger.tables.batch(device: device, sequence: sequence + 1) else {
            return true
        }
        return try next.header().previous == batch.id
    }

    // MARK: What the author sends again

    /// Completes a batch of which others have given back what they could read, when its author sends
    /// it as a new one. The author may never have heard the decision; the hub works it out anew, and
    /// it counts if it is the one that the hub had signed.
    ///
    /// - Returns: false if the decision cannot be found again.
    func complete(
        _ known: StoreTransaction.LoggedBatch, with batch: VerifiedBatch,
        of row: HubStore.DeviceRow, _ ledger: Ledger, at time: HubTime
    ) throws -> Bool {
        let held = try ledger.tables.sections(of: known)
        guard held.count < batch.header.sectionHashes.count, let admitted = known.position else {
            return true
        }
        let hashes = Set(held.map(\.hash))
        let core = try ledger.tables.admission(
            device: known.device, sequence: known.sequence, decisions: [])
        guard let core else { throw HubStore.admissionIsMissing }
        var decisions = held.compactMap(\.admissionBytes)
        let refusals = try decisions.flatMap { try SectionAdmission(encodedBytes: $0).refusals }
        let floors = try decisions.map { try SectionAdmission(encodedBytes: $0).floor }
        for bytes in batch.batch.sections where !hashes.contains(bytes.hash) {
            let candidates = try candidates(
                for: bytes, of: batch.header, floors: floors, refusals: refusals, ledger)
            guard
                let decision = candidates.first(where: {
                    core.with(decisions: [$0]).namesItsSections
                })
            else { return false }
            decisions.append(decision)
        }
        let signed = core.with(decisions: decisions)
        let admission = try signed.verify(hubKey: key.publicKey, isWhole: true)
        guard admission.position == admitted else { return false }
        var returned = ReturnedBatch(
            ledger, batch: batch, admission: admission, signed: signed, giver: row.device)
        try returned.place(returned.missing(), at: ledger.nextPosition())
        try ledger.store.noteGivingBack(row.device, at: ledger.orderTime(time))
        return true
    }

    /// What the hub may have decided on a section. The floors of the batch's other sections are the
    /// receipt time of what its author had seen, wherever that is the larger; what stood at that place
    /// may be lost for good.
    private func candidates(
        for bytes: SectionBytes, of header: BatchHeader, floors: [EffectiveTime],
        refusals: [SectionAdmission.Refusal], _ ledger: Ledger
    ) throws -> [[UInt8]] {
        let section = try? bytes.open()
        let scope = try (section?.scope).map { try ledger.tables.scope($0) }
        let last =
            try scope.map { try ledger.tables.progress(of: header.device, in: $0).lastTime }
            ?? .earliest
        let seen = try ledger.store.receipt(at: header.context)
        let ordinals = Set(section?.changeSets.map(\.ordinal) ?? [])
        let shared = refusals.filter { ordinals.contains($0.ordinal) }
        let all = SectionAdmission.Refusal(
            ordinal: SectionAdmission.allOrdinals, reason: .malformed)
        var found: [[UInt8]] = []
        for floor in Set([seen, last, .earliest] + floors).flatMap({ [$0, max($0, last)] }) {
            for refused in [unique(shared), [all]] {
                found.append(
                    SectionAdmission(section: bytes.hash, floor: floor, refusals: refused)
                        .encodedBytes)
            }
        }
        return found
    }

    private func unique(
        _ refusals: [SectionAdmission.Refusal]
    ) -> [SectionAdmission.Refusal] {
        var byOrdinal: [UInt32: SectionAdmission.Refusal] = [:]
        for refusal in refusals { byOrdinal[refusal.ordinal] = refusal }
        return byOrdinal.values.sorted { $0.ordinal < $1.ordinal }
    }

    // MARK: After it

    /// Rules on what a late device gave back without a verdict, now that it has given back all.
    func ruleOnReturned(by giver: DeviceID, _ ledger: Ledger, at time: HubTime) throws {
        guard try !ledger.store.isRecovering() else { return }
        while true {
            let (sets, isAll) = try Referee.ruleOnWaiting(
                givenBackBy: giver, ledger, now: time)
            if !sets.isEmpty { try ledger.say(sets, at: time) }
            if isAll { return }
        }
    }

    /// How long a device that gives something back is waited for.
    private static let givingBackMillisecondsMax: Int64 = 24 * 60 * 60 * 1000

    /// The same for devices that have not been heard of for a day, or may not give back the rest.
    func ruleForTheSilent(_ ledger: Ledger, at time: HubTime) throws {
        let store = ledger.store
        guard try !store.isRecovering() else { return }
        let since = HubTime(
            milliseconds: time.milliseconds - Self.givingBackMillisecondsMax)
        for giver in try store.giversOfWaiting() {
            // One that is not known again yet may go on.
            let mayGoOn =
                try store.device(giver).map { row in
                    try !store.isRevoked(row.record) && ledger.facts.isActive(row.member)
                } ?? true
            guard try !mayGoOn || !store.isGivingBack(giver, since: since) else { continue }
            try ruleOnReturned(by: giver, ledger, at: time)
        }
    }

    /// Lets a device in again of which nothing is left but its certificate.
    private func readmit(
        _ signed: DeviceCertificate.Signed, _ certificate: DeviceCertificate, _ ledger: Ledger,
        at time: HubTime
    ) throws {
        let member = certificate.member
        var changes: [Change] = []
        let isAssumed = try ledger.facts.role(of: member) == nil
        if isAssumed {
            let known = try ledger.facts.values(
                of: member.recordID, entity: Schema.profile.id, in: .programme)
            changes += ledger.creation(
                of: Schema.profile, member.recordID,
                [
                    Fields.Profile.role: .integer((certificate.role ?? .participant).rawValue),
                    Fields.Profile.state: known?[Fields.Profile.state]
                        ?? .integer(MemberState.active.rawValue),
                ])
        }
        changes += ledger.creation(
            of: Schema.device, try ledger.newRecordID(),
            [
                Fields.Device.member: .member(member),
                Fields.Device.certificate: .bytes(signed.encodedBytes),
                Fields.Device.name: .text("laptop"),
            ])
        let place = try ledger.say([Ledger.HubChangeSet([(.programme, changes)])], at: time)
        if isAssumed { try ledger.store.noteAssumption(about: member, at: place) }
    }
}

extension SyncRequest {
    /// Whether the device gives back what the hub may have lost.
    fileprivate var givesBack: Bool {
        !returned.isEmpty || !restatements.isEmpty || !epochs.isEmpty
    }
}

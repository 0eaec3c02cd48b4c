import Cryptography
import Model
import Replica
import Wire

/// A sync request whose signature is right.
struct PreparedSync: Sendable {
    let request: SyncRequest
    /// Each batch of the request, verified, or why it is refused whole.
    let batches: [(id: Digest, result: Result<VerifiedBatch, WireError>)]
    /// What the device shows of itself because the hub does not know it.
    var certificate: DeviceCertificate?
    /// Whether it came by bundle: no replay then, and nothing to be asked again.
    var isCarried = false
}

/// What became of a sync request's writing part.
struct PerformedSync: Sendable {
    let request: SyncRequest
    let member: MemberID
    let time: HubTime
    /// Not empty: the request may be a replay, so nothing is answered but this.
    var challenge: [UInt8] = []
    var receipts: [SyncAnswer.Receipt] = []
    /// Not nil: the device comes from a place that the hub has lost; nothing is answered but what
    /// the hub lacks.
    var lacking: Position?
}

extension Hub {
    /// How long a challenge can be answered.
    private static let challengeMilliseconds: Int64 = 5 * 60 * 1000
    /// Nonces kept for one device at one position; after so many requests there, each one needs a
    /// challenge.
    static let noncesMax = 4096
    /// Bytes of batches of a newer schema that are kept for one device.
    private static let parkedBytesMax = 32 * 1024 * 1024

    /// Checks a sync request. Nothing of it is decoded before its signature was found right, and
    /// nothing in it is inflated here.
    func prepareSync(_ bytes: [UInt8], _ store: HubStore) throws -> PreparedSync {
        try prepareSync(Envelope(encodedBytes: bytes), store)
    }

    /// The same for a request that came by bundle: with batches beside it, perhaps of a device that
    /// is let in by the same bundle.
    func prepareSync(
        _ envelope: Envelope, newcomer: PublicKey?, carrying batches: [SealedBatch],
        _ store: HubStore
    ) throws -> PreparedSync {
        var prepared = try prepareSync(envelope, newcomer: newcomer, batches: batches, store)
        prepared.isCarried = true
        return prepared
    }

    private func prepareSync(
        _ envelope: Envelope, newcomer: PublicKey? = nil, batches: [SealedBatch] = [],
        _ store: HubStore
    ) throws -> PreparedSync {
        guard let signer = envelope.signer, signer != device else { throw Self.unknownDevice }
        let request: SyncRequest
        let signerKey: PublicKey
        var certificate: DeviceCertificate?
        if let newcomer, DeviceID(newcomer) == signer {
            signerKey = newcomer
            request = try SyncRequest.open(envelope, key: newcomer)
        } else if let known = try store.tables.key(of: signer) {
            signerKey = known
            request = try SyncRequest.open(envelope, key: known)
        } else {
            guard
                let shown = try SyncRequest.openCertified(envelope, hubKey: key.publicKey)
            else { throw Self.unknownDevice }
            (request, certificate) = (shown.request, shown.certificate)
            signerKey = shown.certificate.key
        }
        try requireOwn(request.programme)
        let verified = (request.batches + batches).map { batch in
            let result = Result { () throws(WireError) in
                try VerifiedBatch.verify(
                    batch, key: signerKey, programme: identity.programme, isWhole: true)
            }
            return (id: batch.id, result: result)
        }
        return PreparedSync(request: request, batches: verified, certificate: certificate)
    }

    /// The certified key of the member's device that an envelope names as its signer.
    func signerKey(of envelope: Envelope, _ store: HubStore) throws -> PublicKey {
        guard let signer = envelope.signer, signer != device,
            let key = try store.tables.key(of: signer)
        else { throw Self.unknownDevice }
        return key
    }

    func requireOwn(_ programme: ProgrammeID) throws {
        guard programme == identity.programme else {
            throw HubError(.wrongProgramme, "The request is meant for another programme.")
        }
    }

    static var unknownDevice: HubError {
        HubError(
            .unknownDevice, "This device is not known to the hub.",
            hint: "Join with an invitation of this programme.")
    }

    /// Takes in what a device sends.
    func perform(
        _ prepared: PreparedSync, _ ledger: Ledger, now: HubTime
    ) throws -> PerformedSync {
        let request = prepared.request
        let store = ledger.store
        let time = try ledger.orderTime(now)
        if let certificate = prepared.certificate, try store.device(request.device) == nil {
            if try ledger.facts.role(of: certificate.member) != nil {
                try requireActive(certificate.member, ledger.facts)
            }
            if let answer = try performReturn(prepared, of: certificate, ledger, at: time) {
                return answer
            }
        }
        guard let row = try store.device(request.device) else { throw Self.unknownDevice }
        try requireStanding(row, ledger)
        if let answer = try performReturn(prepared, of: row, ledger, at: time) { return answer }
        var performed = PerformedSync(request: request, member: row.member, time: time)
        let isChallengeMet =
            !request.challenge.isEmpty && request.challenge == row.challenge
            && time.milliseconds <= row.challengeUntil
        if !prepared.isCarried, !isChallengeMet, try isPossibleReplay(request, row, store) {
            // One that is open stays the same, or a network that doubles requests would never let a
            // device meet it.
            if let open = row.challenge, time.milliseconds <= row.challengeUntil {
                performed.challenge = open
                return performed
            }
            performed.challenge = RandomBytes.generate(count: 32)
            try store.set(
                challenge: performed.challenge,
                until: time.milliseconds + Self.challengeMilliseconds, of: row.device)
            return performed
        }
        if !prepared.isCarried {
            try store.noteRequest(
                of: row, cited: max(request.position, row.cited), nonce: request.nonce, at: time)
        }
        if try store.endGivingBack(row.device) {
            try ruleOnReturned(by: row.device, ledger, at: time)
        }
        // The member may have been suspended when the hub began to serve, or the hub have recovered,
        // and whatever a device sends waits behind what is parked. A laptop's former key sends nothing
        // any more. What has gathered is decided before anything else is taken in.
        let parking = try store.parkingDevices(of: row.member)
        if !prepared.batches.isEmpty || !parking.isEmpty { try expireHolds(ledger, at: time) }
        try admitParked(of: parking, ledger, at: time)
        var budget = RequestBudget()
        for batch in prepared.batches where !budget.isSpent {
            if prepared.isCarried, let batch = try? batch.result.get(),
                try isAhead(batch, ledger)
            {
                break
            }
            let receipt = try admit(batch.id, batch.result, of: row, ledger, at: time, &budget)
            ledger.tally.note(receipt)
            performed.receipts.append(receipt)
        }
        try ledger.eraseAgain(now: time)
        // A batch that was sent may have completed one that others had given back.
        if !prepared.batches.isEmpty, try store.endGivingBack(row.device) {
            try ruleOnReturned(by: row.device, ledger, at: time)
        }
        return performed
    }

    /// Throws unless the device's signature counts.
    func requireStanding(_ row: HubStore.DeviceRow, _ ledger: Ledger) throws {
        try requireStanding(row, ledger.store, ledger.facts)
    }

    func requireStanding(
        _ row: HubStore.DeviceRow, _ store: HubStore, _ facts: HubFacts
    ) throws {
        guard try !store.isRevoked(row.record) else {
            throw HubError(
                .deviceRevoked, "This device was revoked.",
                hint: "Ask an admin for an invitation for a new device.")
        }
        try requireActive(row.member, facts)
    }

    private func requireActive(_ member: MemberID, _ facts: HubFacts) throws {
        guard try facts.isActive(member) else {
            throw HubError(
                .memberSuspended, "The membership is suspended.", hint: "Ask an admin.")
        }
    }

    private func isPossibleReplay(
        _ request: SyncRequest, _ row: HubStore.DeviceRow, _ store: HubStore
    ) throws -> Bool {
        if request.position < row.cited { return true }
        // A hub that was set back has forgotten what it was asked where it stood before, and a request
        // that it met with a challenge it has never kept.
        let present = try store.head().epoch
        if present > Lineage.firstEpoch, request.position.epoch < present { return true }
        if try store.isKnown(nonce: request.nonce, of: row.device) { return true }
        return try request.position == row.cited
            && store.nonceCount(of: row.device) >= Self.noncesMax
    }

    // MARK: Batches

    /// Why a batch was refused whole: the stable words of receipts.
    private enum WholeRefusal: String {
        case malformed, badSignature, wrongProgramme, unsupportedVersion, tooLarge, chainBroken
        case contextUnknown, deviceRevoked, memberSuspended, tooManyWaiting, decisionLost

        init(_ error: WireError) {
            self =
                switch error.reason {
                case .badSignature, .wrongDevice: .badSignature
                case .wrongProgramme: .wrongProgramme
                case .unsupportedVersion: .unsupportedVersion
                case .tooLarge, .tooMany, .inflatesTooFar: .tooLarge
                case .chainBroken: .chainBroken
                default: .malformed
                }
        }
    }

    private func admit(
        _ id: Digest, _ result: Result<VerifiedBatch, WireError>, of row: HubStore.DeviceRow,
        _ ledger: Ledger, at time: HubTime, _ budget: inout RequestBudget
    ) throws -> SyncAnswer.Receipt {
        budget.noteBatch()
        func refused(_ refusal: WholeRefusal) -> SyncAnswer.Receipt {
            SyncAnswer.Receipt(batch: id, outcome: .refused, code: refusal.rawValue)
        }
        let verified: VerifiedBatch
        switch result {
        case .failure(let error): return refused(WholeRefusal(error))
        case .success(let batch): verified = batch
        }
        let store = ledger.store
        let header = verified.header
        if let known = try store.tables.batch(id: id), known.state == .admitted {
            guard try complete(known, with: verified, of: row, ledger, at: time) else {
                return refused(.decisionLost)
            }
            return SyncAnswer.Receipt(batch: id, outcome: .known, position: known.position)
        }
        if try store.isParked(id) { return SyncAnswer.Receipt(batch: id, outcome: .waiting) }
        if try store.isRevoked(row.record) { return refused(.deviceRevoked) }
        guard try ledger.facts.isActive(row.member),
            let role = try ledger.facts.role(of: row.member)
        else { return refused(.memberSuspended) }
        let parked = try store.lastParked(of: row.device)
        let follows =
            try parked.map { header.sequence == $0.sequence + 1 && header.previous == $0.id }
            ?? ledger.follows(verified)
        let isFull = try parked != nil && store.parkedBytes(of: row.device) >= Self.parkedBytesMax
        // It may follow one for which there was no room.
        guard follows else { return refused(isFull ? .tooManyWaiting : .chainBroken) }
        guard try isPossible(context: header.context, store) else {
            return refused(.contextUnknown)
        }
        guard !verified.batch.isTooLarge, !AdmittedEvents.areTooMany(in: verified) else {
            return refused(.tooLarge)
        }
        if parked != nil || header.schemaVersion > Schema.version {
            guard !isFull else { return refused(.tooManyWaiting) }
            try store.park(verified.batch, header: header)
            return SyncAnswer.Receipt(batch: id, outcome: .waiting)
        }
        let author = ChangeAuthor(device: row.device, member: row.member, role: role)
        let appended = try append(verified, by: author, ledger, at: time)
        budget.note(
            changeCount: verified.batch.size.changes,
            rulingCount: appended.events.events.count)
        return SyncAnswer.Receipt(batch: id, outcome: .admitted, position: appended.position)
    }

    /// Gives a batch its place in the order and writes what the referee has to say to it.
    func append(
        _ verified: VerifiedBatch, by author: ChangeAuthor, _ ledger: Ledger, at time: HubTime
    ) throws -> Ledger.Appended {
        let appended = try ledger.append(verified, author: author, receipt: time)
        let rulings = try Referee.rule(
            on: appended.events, ledger, now: time, schema: verified.header.schemaVersion)
        if !rulings.isEmpty { try ledger.say(rulings, at: time) }
        return appended
    }

    // MARK: Answers

    /// Makes the answer from what is durable now.
    ///
    /// - Throws: ``SnapshotsMissing`` if snapshots should be made first and
    ///   `wantsSnapshots`.
    func answer(
        _ performed: PerformedSync, _ store: HubStore, wantsSnapshots: Bool
    ) throws -> SyncAnswer {
        var answer = SyncAnswer(
            nonce: performed.request.nonce, hubTime: performed.time,
            position: performed.request.position)
        guard performed.challenge.isEmpty else {
            answer.challenge = performed.challenge
            return answer
        }
        answer.receipts = performed.receipts
        answer.recovering = try store.isRecovering()
        let lineage = try store.tables.lineage()
        if let lacking = performed.lacking {
            answer.lacking = lacking
            answer.epochs = try store.tables.epochStarts()
            return answer
        }
        answer.held = try HeldDecisions(store: store, member: performed.member)
            .admissions(of: performed.request.held)
        answer.void = try HeldDecisions(store: store, member: performed.member)
            .void(performed.request.held, at: performed.request.heldPlaces)
        if performed.request.position.epoch != lineage.present {
            answer.epochs = try store.tables.epochStarts()
        }
        try PageBuilder(
            store: store, member: performed.member, request: performed.request,
            bytesTarget: pageBytesTarget, known: levelDigests,
            snapshotLogBytesMin: wantsSnapshots ? snapshotLogBytesMin : nil
        ).fill(&answer)
        return answer
    }
}

extension WireError: HubErrorConvertible {
    var hubError: HubError {
        switch reason {
        case .badSignature, .wrongDevice: HubError(.badSignature, detail)
        case .wrongProgramme: HubError(.wrongProgramme, detail)
        case .unsupportedVersion:
            HubError(
                .unsupportedVersion, detail, hint: "Bring the older of the two programs up to date."
            )
        case .tooLarge, .tooMany, .inflatesTooFar: HubError(.tooLarge, detail)
        default: HubError(.malformed, detail)
        }
    }
}

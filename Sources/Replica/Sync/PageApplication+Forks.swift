import Model
import Wire

/// Work that the hub has under this laptop's numbers and the laptop does not know, and decisions on
/// work that did not go to the hub from here.
extension PageApplication {
    /// Whether the hub has work of this device that this laptop does not know: it was restored from
    /// a backup or copied since, or one of its batches was refused and the next ones hang in the
    /// air.
    func isForked(_ answer: SyncAnswer) throws -> Bool {
        if answer.receipts.contains(where: Self.breaksChain) { return true }
        return try knowsLess(than: answer)
    }

    private func knowsLess(than answer: SyncAnswer) throws -> Bool {
        for entry in answer.entries where entry.batch == nil {
            let admission = try entry.admission.verify(
                hubKey: identity.hubKey, isWhole: entry.position == nil)
            if try store.batch(id: admission.batch) == nil { return true }
        }
        return false
    }

    /// Whether what the hub calls a break of the chain may be its own: it had what the refused batch
    /// continues, said so, and was set back before this device heard the decision. That is sent
    /// once more; if the chain is broken then, too, the laptop was restored or copied.
    mutating func resendsReceived(_ answer: SyncAnswer) throws -> Bool {
        guard try !knowsLess(than: answer) else { return false }
        outcome.hasResentWaiting = true
        return try store.resendReceived(
            of: identity.device, besides: Set(answer.receipts.map(\.batch)),
            waiting: mayResendWaiting)
    }

    /// Whether this member may read a scope, as far as is known here.
    func mayRead(_ scope: Scope) throws -> Bool {
        try TableFacts(store, selfKnowledge: (identity.member, identity.role))
            .mayRead(scope, member: identity.member)
    }

    /// Shows what is left of a section that the hub has decided on and delivered in a scope that
    /// catches up: of one's own what is admitted, of one that a bundle had brought what was not
    /// erased since. It stays laid over the records until the scope is whole, unless the scope had
    /// left and comes back; then all of it appears at once.
    func showDeferred(
        _ section: SectionBytes, of header: BatchHeader, in row: ScopeRow
    ) throws {
        guard isMine(header.device, header.sequence) || section.restatement != nil,
            let batch = try store.batch(device: header.device, sequence: header.sequence),
            let logged = try store.sections(of: batch).first(where: { $0.hash == section.hash })
        else { return }
        try store.layOverAgain(logged, in: row, ownDevices)
    }

    static func breaksChain(_ receipt: SyncAnswer.Receipt) -> Bool {
        receipt.outcome == .refused && receipt.code == "chainBroken"
    }

    /// Takes out what the hub refused of a batch that came by another road or was sent under a
    /// former key. What it released of the batch comes with its scope.
    mutating func noteUnreleased(_ signed: SignedAdmission) throws {
        let admission = try signed.verify(hubKey: identity.hubKey, isWhole: false)
        guard let batch = try store.batch(id: admission.batch), batch.device != identity.device
        else { return }
        // Another part of what this laptop wrote may have come with its scope already.
        let isMine = isMine(batch.device, batch.sequence)
        guard isMine || batch.position == nil else { return }
        for logged in try store.sections(of: batch) where logged.position == nil {
            guard let decision = admission.sections.first(where: { $0.section == logged.hash }),
                let decisionBytes = signed.bytes(of: logged.hash),
                let section = try? logged.content.open(),
                !decision.releases(section)
            else { continue }
            try store.note(decisionBytes, at: admission.position, ofSection: logged.key)
            try apply(
                try store.section(key: logged.key), header: batch.header(),
                admission: decision, position: admission.position, receipt: admission.receipt,
                batch: batch.id)
            if !isMine { outcome.withdrawn += section.changeCount }
            try isMine
                ? store.markApplied(logged.key, isReleased: false) : store.deleteSection(logged.key)
        }
        let rest = try store.sections(of: batch)
        if rest.allSatisfy({ $0.position != nil }) {
            try store.note(admission: admission, signed: signed, of: batch.header())
        }
    }

    /// Notes what the hub decided on work of a former key in scopes that have left or are about to
    /// leave: it does not come with them, and goes the way of the rest of their contents.
    ///
    /// - Returns: those of the scopes in which there is such work.
    mutating func noteDecisions(
        onFormerWork held: [SignedAdmission], where hasLeft: (ScopeRow) -> Bool
    ) throws -> Set<Scope> {
        var scopes: Set<Scope> = []
        for (batch, admission, signed) in try formerWork(among: held) {
            for logged in try store.sections(of: batch) where logged.position == nil {
                let row = try store.scope(key: logged.scopeKey)
                guard hasLeft(row),
                    let decision = admission.sections.first(where: { $0.section == logged.hash }),
                    let decisionBytes = signed.bytes(of: logged.hash),
                    let section = try? logged.content.open()
                else { continue }
                try store.note(decisionBytes, at: admission.position, ofSection: logged.key)
                try note(decision, on: section, logged, of: batch.id)
                scopes.insert(row.scope)
            }
        }
        return scopes
    }

    /// The hub has no more to send; what it admitted in scopes that it has not sent has left with them.
    mutating func purgeFormerWork(_ held: [SignedAdmission]) throws {
        let scopes = try noteDecisions(onFormerWork: held) {
            $0.chain == .zero && $0.status == .level
        }
        for scope in scopes.sorted() {
            try store.purge(scope, identity: identity, outcome: &outcome)
        }
    }

    /// Cuts off what the hub has lost of a batch of a former key that it has got back in part: nobody
    /// completes that under the former key.
    func cutLostParts(_ held: [SignedAdmission]) throws {
        for (batch, admission, _) in try formerWork(among: held) {
            // Of what its member wrote the hub tells all decisions that it has.
            let decided = Set(admission.sections.map(\.section))
            func isLost(_ logged: StoreTransaction.LoggedSection) -> Bool {
                logged.position == nil && !decided.contains(logged.hash)
            }
            guard try store.sections(of: batch).contains(where: isLost) else { continue }
            try Reauthoring(store).cut(
                lost: [batch], successor: identity.device, where: isLost)
        }
    }

    /// Those of the batches on which the hub says what it decided that this laptop wrote under a
    /// former key.
    private func formerWork(
        among held: [SignedAdmission]
    ) throws -> [(StoreTransaction.LoggedBatch, Admission, SignedAdmission)] {
        try held.compactMap { signed in
            let admission = try signed.verify(hubKey: identity.hubKey, isWhole: false)
            guard let batch = try store.batch(id: admission.batch),
                batch.device != identity.device, isMine(batch.device, batch.sequence)
            else { return nil }
            return (batch, admission, signed)
        }
    }

    /// Whether this laptop wrote the batch, be it under a former key.
    func isMine(_ device: DeviceID, _ sequence: UInt64) -> Bool {
        ownDevices.wrote(device, sequence)
    }
}

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
        for entry in answer.entries where entry.batch == nil {
            let admission = try entry.admission.verify(
                hubKey: identity.hubKey, isWhole: entry.position == nil)
            if try store.batch(id: admission.batch) == nil { return true }
        }
        return false
    }

    static func breaksChain(_ receipt: SyncAnswer.Receipt) -> Bool {
        receipt.outcome == .refused && receipt.code == "chainBroken"
    }

    /// Takes out what the hub refused of a batch that came by another road or was sent under a
    /// former key. What it released of the batch comes with its scope.
    mutating func noteUnreleased(_ signed: SignedAdmission) throws {
        let admission = try signed.verify(hubKey: identity.hubKey, isWhole: false)
        guard let batch = try store.batch(id: admission.batch), batch.position == nil,
            batch.device != identity.device
        else { return }
        let isMine = isMine(batch.device, batch.sequence)
        for logged in try store.sections(of: batch) where logged.position == nil {
            guard let decision = admission.sections.first(where: { $0.section == logged.hash }),
                let decisionBytes = signed.bytes(of: logged.hash),
                let section = try? logged.content.open(),
                section.changeSets.allSatisfy({ decision.refusal(ofOrdinal: $0.ordinal) != nil })
            else { continue }
            try store.note(decisionBytes, at: admission.position, ofSection: logged.key)
            try apply(
                try store.section(key: logged.key), header: batch.header(),
                admission: decision, position: admission.position, receipt: admission.receipt,
                batch: batch.id)
            try isMine ? store.markApplied(logged.key) : store.deleteSection(logged.key)
        }
        let rest = try store.sections(of: batch)
        if rest.allSatisfy({ $0.position != nil }) {
            try store.note(admission: admission, signed: signed, of: batch.header())
        }
    }

    /// Whether this laptop wrote the batch, be it under a former key.
    func isMine(_ device: DeviceID, _ sequence: UInt64) -> Bool {
        ownDevices.contains { $0.device == device && $0.wrote(sequence: sequence) }
    }
}

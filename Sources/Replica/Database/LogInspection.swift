import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Checks every signature, hash and chain in a replica's log, as if it came from the network.
struct LogInspection {
    private let store: StoreTransaction
    private let identity: Identity
    /// The last own batch seen.
    private var lastOwn: (sequence: UInt64, id: Digest) = (0, .zero)

    init(store: StoreTransaction, identity: Identity) {
        self.store = store
        self.identity = identity
    }

    mutating func run(_ report: inout DoctorReport) throws {
        try checkCertificates(&report)
        let rows = try Row.fetchCursor(
            store.database,
            sql: StoreTransaction.LoggedBatch.selectSQL + " ORDER BY device, sequence")
        while let row = try rows.next() {
            report.batchCount += 1
            try check(StoreTransaction.LoggedBatch(row), &report)
        }
        let sequence = UInt64(bitPattern: try store.meta.integer(.sequence) ?? 0)
        let last = try store.meta.bytes(.lastBatch).flatMap { Digest(bytes: $0) } ?? .zero
        if lastOwn.sequence != sequence || lastOwn.id != last {
            report.note(.ownChain, "batch \(sequence)")
        }
    }

    private func checkCertificates(_ report: inout DoctorReport) throws {
        let rows = try Row.fetchAll(
            store.database, sql: "SELECT device, key, member, certificate FROM deviceKey")
        for row in rows {
            let device = DeviceID(column: row[0])
            let member = (row[2] as Data?).flatMap { MemberID(bytes: $0) }
            guard let key = PublicKey(bytes: [UInt8](row[1] as Data)), DeviceID(key) == device
            else {
                report.note(.certificate, device.text)
                continue
            }
            guard let bytes = row[3] as Data? else {
                // The hub vouches for others; this device has none before it has joined.
                let isHub = key == identity.hubKey && member == nil
                if !isHub, device != identity.device { report.note(.certificate, device.text) }
                continue
            }
            let certificate = try? DeviceCertificate.Signed(encodedBytes: [UInt8](bytes))
                .verify(hubKey: identity.hubKey)
            if certificate?.key != key || certificate?.member != member {
                report.note(.certificate, device.text)
            }
        }
    }

    private mutating func check(
        _ batch: StoreTransaction.LoggedBatch, _ report: inout DoctorReport
    ) throws {
        let subject = "\(batch.device.text) \(batch.sequence)"
        let logged = try store.sections(of: batch)
        for section in logged where (try? section.content)?.hash != section.hash {
            report.note(.section, subject)
        }
        let sealed = SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature,
            sections: logged.compactMap { try? $0.content }.sorted { $0.hash < $1.hash })
        guard let key = try store.key(of: batch.device),
            let header = try? VerifiedBatch.verify(
                sealed, key: key, programme: identity.programme, isWhole: false
            ).header,
            sealed.id == batch.id, header.device == batch.device,
            header.sequence == batch.sequence
        else {
            report.note(.batch, subject)
            // The next one is to follow this one all the same.
            if batch.device == identity.device { lastOwn = (batch.sequence, batch.id) }
            return
        }
        if batch.device == identity.device {
            if header.sequence != lastOwn.sequence + 1 || header.previous != lastOwn.id {
                report.note(.ownChain, subject)
            }
            lastOwn = (header.sequence, batch.id)
        }
        if batch.state == .admitted, try !isAdmissionSound(batch, logged) {
            report.note(.admission, subject)
        }
    }

    private func isAdmissionSound(
        _ batch: StoreTransaction.LoggedBatch, _ sections: [StoreTransaction.LoggedSection]
    ) throws -> Bool {
        guard
            let signed = try? store.admission(
                device: batch.device, sequence: batch.sequence,
                decisions: sections.compactMap(\.admissionBytes))
        else { return false }
        guard let admission = try? signed.verify(hubKey: identity.hubKey, isWhole: false),
            admission.batch == batch.id, admission.position == batch.position,
            admission.receipt == batch.receipt
        else { return false }
        // Each decision is on the section beside which it is stored, at the batch's position, or at a
        // place in a later epoch if the hub has lost it and got it back.
        return sections.allSatisfy { section in
            guard let bytes = section.admissionBytes else { return section.position == nil }
            let isReturned = section.position.map { $0.epoch > admission.position.epoch } ?? true
            return (isReturned || section.position == admission.position)
                && (try? SectionAdmission(encodedBytes: bytes))?.section == section.hash
        }
    }
}

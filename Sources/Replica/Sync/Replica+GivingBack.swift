import Cryptography
import GRDB
import Model
import Wire

extension Replica {
    /// Notes what the hub says it lacks.
    func note(_ answer: SyncAnswer, lacking place: Position) throws {
        let hubKey = identity.hubKey
        for start in answer.epochs { _ = try start.verify(hubKey: hubKey) }
        try ReplicaError.mapping(path: home) {
            try writer.write { database in
                let store = StoreTransaction(database)
                try store.note(answer.epochs, hubKey: hubKey)
                try store.noteLacking(after: place, saidIn: store.lineage().present)
            }
        }
    }

    /// The signed request with the next part of what the hub has lost.
    func givingBackRequest(
        now: ClaimedTime, boot: UInt64, showsCertificate: Bool
    ) throws -> PreparedSync {
        let (identity, key) = (credentials.identity, credentials.key)
        let nonce = RandomBytes.generate(count: WireFormat.nonceByteCount)
        let (request, standpoint, through) = try writer.read { database in
            let store = StoreTransaction(database)
            let part = try store.partToGiveBack(
                after: try store.givenBack() ?? .start, device: identity.device)
            let standpoint = try store.standpoint()
            var request = SyncRequest(
                programme: identity.programme, device: identity.device, nonce: nonce,
                position: standpoint.position, catchingUp: standpoint.catchingUp,
                schemaVersion: Schema.version, claimedTime: now, boot: boot)
            request.erased = standpoint.erased
            request.returned = part?.entries ?? []
            request.restatements = part?.restatements ?? []
            request.epochs = try store.epochStarts()
            if showsCertificate { request.certificate = try store.ownCertificate() }
            return (request, standpoint, part?.through)
        }
        return PreparedSync(
            bytes: request.sealed(by: key).encodedBytes, nonce: nonce, standpoint: standpoint,
            batches: [], givesBackThrough: through, givesBackEntries: request.returned)
    }

    /// Notes that the hub has what the request gave back.
    func applyGivingBack(
        _ bytes: [UInt8], to request: PreparedSync, report: inout SyncReport
    ) throws -> SyncSession.Event {
        let answer = try open(bytes, nonce: request.nonce)
        report.hubTime = answer.hubTime
        report.hubIsRecovering = answer.recovering
        guard let lacking = answer.lacking else { return .fruitless }
        let taken = Set(answer.receipts.filter { $0.outcome == .admitted }.map(\.batch))
        for batch in request.givesBackEntries.compactMap(\.batch) where taken.contains(batch.id) {
            report.returnedBatches += 1
            report.returnedChanges += try batch.sections.reduce(0) {
                $0 + (try $1.outline().changeCount)
            }
        }
        return try ReplicaError.mapping(path: home) {
            try writer.write { database in
                let store = StoreTransaction(database)
                try store.note(answer.epochs, hubKey: identity.hubKey)
                let before = try store.givenBack()
                // Before the hub knew our epochs it may have asked for more than it lacks.
                try store.noteLacking(after: lacking, saidIn: store.lineage().present)
                guard let through = request.givesBackThrough else {
                    return .gaveBack(more: try store.givenBack() != before)
                }
                if try store.givenBack() == before { try store.noteGivenBack(through: through) }
                return .gaveBack(more: true)
            }
        }
    }
}

extension StoreTransaction {
    /// The device's certificate, nil before the hub has made one.
    func ownCertificate() throws -> DeviceCertificate.Signed? {
        try meta.bytes(.certificate).map { try DeviceCertificate.Signed(encodedBytes: $0) }
    }
}

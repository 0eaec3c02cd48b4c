import Foundation
import Model
import Wire

/// Scopes that begin with a snapshot: its pieces are staged, its records go into the tables with
/// the page that makes the scope level, and what lies behind it follows without touching them.
extension PageApplication {
    /// Stages the pieces that an answer brings.
    mutating func stage(_ answer: SyncAnswer) throws {
        for part in answer.snapshots { try stage(part) }
        // Where the hub goes on by entries, it has no snapshot any more.
        for cursor in answer.caughtUp where cursor.position > .start {
            let row = try store.scope(cursor.scope)
            if try store.snapshot(of: row)?.state == .fetching { try drop(of: row) }
        }
    }

    private mutating func stage(_ part: SnapshotPart) throws {
        guard var row = try store.existingScope(part.scope), row.status == .catchingUp,
            row.cursor == .start
        else { throw ReplicaError(.badAnswer, "snapshot") }
        if let signed = part.head, try store.snapshot(of: row)?.signed.id != signed.id {
            let head = try signed.verify(hubKey: identity.hubKey)
            guard head.scope == part.scope else { throw ReplicaError(.badAnswer, "snapshot") }
            try drop(of: row)
            try store.insertSnapshot(signed, of: row)
        }
        guard var snapshot = try store.snapshot(of: row), snapshot.state == .fetching,
            try part.firstPiece == store.pieceCount(of: row)
        else { throw ReplicaError(.badAnswer, "snapshot") }
        let hashes = snapshot.head.pieceHashes[part.firstPiece...]
        guard part.pieces.count <= hashes.count,
            zip(part.pieces, hashes).allSatisfy({ $0.hash == $1 })
        else { throw ReplicaError(.badAnswer, "snapshot") }
        for (offset, piece) in part.pieces.enumerated() {
            try store.insert(piece, number: part.firstPiece + offset, of: row)
        }
        guard part.pieces.count == hashes.count else { return }
        snapshot.state = .whole
        try store.update(snapshot)
        row.opened = snapshot.head.opened
        row.chain = snapshot.head.chain
        row.cursor = snapshot.head.position
        try store.update(row)
        if part.scope == .programme { try learnDevices(from: snapshot, of: row) }
    }

    /// Drops what is staged; it may hold what nobody is to read any more.
    private mutating func drop(of row: ScopeRow) throws {
        guard try store.snapshot(of: row) != nil else { return }
        try store.deleteSnapshot(of: row)
        try store.meta.notePurge()
        outcome.droppedSnapshots += 1
    }

    /// What devices wrote can be verified although the programme is not level yet.
    private func learnDevices(from snapshot: SnapshotRow, of row: ScopeRow) throws {
        try SnapshotInstallation.read(snapshot, of: row, in: store) { _ in
        } record: { record in
            let state = try RecordState(
                canonicalBytes: record.canonicalBytes, record: record.record)
            guard state.entity == Schema.device.id else { return }
            for cell in state.cells where cell.key.field == Fields.Device.certificate {
                for case .bytes(let bytes) in cell.heads.map(\.value) {
                    try learnDevice(certificate: bytes)
                }
            }
        } piece: {
        }
    }

    /// Whether an entry is in the snapshot with which its scope began.
    func isBehindSnapshot(_ position: Position, in row: ScopeRow) throws -> Bool {
        guard let snapshot = try store.snapshot(of: row), snapshot.state != .fetching else {
            return false
        }
        return position <= snapshot.head.position
    }

    /// Puts the records of a scope's snapshot into the tables, if it began with one. If that is not
    /// what the hub has signed, the scope begins anew and comes by its entries.
    ///
    /// - Returns: whether the scope can be level.
    mutating func install(in row: ScopeRow) throws -> Bool {
        guard let snapshot = try store.snapshot(of: row), snapshot.state == .whole else {
            return true
        }
        var installation = SnapshotInstallation(store: store, scope: row, snapshot: snapshot)
        guard try installation.run() else {
            try fetchAnew(row.scope)
            return false
        }
        outcome.snapshotRecords += snapshot.head.recordCount
        if !isFirstSync { outcome.verdicts += installation.verdicts }
        return true
    }

    /// Begins a scope anew, by its entries.
    private mutating func fetchAnew(_ scope: Scope) throws {
        try store.discardAdmitted(scope, identity: identity)
        var fresh = try store.scope(scope)
        fresh.status = .catchingUp
        try store.update(fresh)
        beginsAnew = true
        outcome.droppedSnapshots += 1
    }

    /// Something was erased of a section that is not here: it lies behind a snapshot, of which only
    /// the hub could tell what came of it. The scopes that have one are fetched by their entries.
    mutating func fetchAnewWhatLacksSections() throws {
        for snapshot in try store.snapshots().values {
            try fetchAnew(store.scope(key: snapshot.scopeKey).scope)
        }
    }

    // MARK: What lies behind

    /// Puts entries into the log that lie behind a snapshot. What came of them is in the tables.
    mutating func takeHistory(_ answer: SyncAnswer) throws {
        for entry in answer.history { try takeHistory(entry) }
        for cursor in answer.historyReached {
            let row = try store.scope(cursor.scope)
            guard var snapshot = try store.snapshot(of: row), snapshot.state == .installed else {
                continue
            }
            snapshot.historyCursor = max(snapshot.historyCursor, cursor.position)
            try store.update(snapshot)
            guard snapshot.historyCursor >= snapshot.head.position else { continue }
            guard snapshot.historyChain == snapshot.head.chain else {
                try fetchAnew(row.scope)
                continue
            }
            try store.deleteSnapshot(of: row)
            outcome.historiesCompleted += 1
            // Now the log can tell how many changes this version only keeps, and what it can apply
            // that the hub could not.
            if row.setAside > 0 {
                try store.flush()
                try store.rebuild(row, device: identity.device)
            }
        }
    }

    private mutating func takeHistory(_ entry: SyncAnswer.Entry) throws {
        let (header, admission) = try verify(entry)
        let position = entry.position ?? admission.position
        guard let batch = entry.batch, batch.sections.count == 1, admission.sections.count == 1,
            let section = batch.sections.first, let decision = admission.sections.first,
            decision.section == section.hash,
            let decisionBytes = entry.admission.bytes(of: section.hash)
        else { throw ReplicaError(.badAnswer, "section") }
        let outline = try section.outline()
        let row = try store.scope(outline.scope)
        guard var snapshot = try store.snapshot(of: row), snapshot.state == .installed,
            position > snapshot.historyCursor, position <= snapshot.head.position
        else { throw ReplicaError(.badAnswer, "section") }
        try store.log(batch, header: header, state: .admitted)
        try store.note(admission: admission, signed: entry.admission, of: header)
        try store.log(
            section: section, of: header, in: row, position: position,
            admissionBytes: decisionBytes, isReleased: true, isApplied: true)
        snapshot.historyCursor = position
        snapshot.historyChain = StoreTransaction.chain(
            after: snapshot.historyChain, position: position, batch: admission.batch,
            section: section.hash, admissionBytes: decisionBytes)
        try store.update(snapshot)
        outcome.pulledBatches += 1
        outcome.pulledChanges += outline.changeCount
    }

    // MARK: Checks

    /// Checks what an entry brings: the admission, and the batch by its device's certified key.
    func verify(_ entry: SyncAnswer.Entry) throws -> (BatchHeader, Admission) {
        let admission = try entry.admission.verify(hubKey: identity.hubKey, isWhole: false)
        guard let batch = entry.batch else { throw ReplicaError(.badAnswer, "batch") }
        return (try verify(batch, of: admission), admission)
    }

    func verify(_ batch: SealedBatch, of admission: Admission) throws -> BatchHeader {
        let unverified = try batch.header()
        guard batch.id == admission.batch, let key = try store.key(of: unverified.device)
        else { throw ReplicaError(.badAnswer, "device") }
        return try VerifiedBatch.verify(
            batch, key: key, programme: identity.programme, isWhole: false
        ).header
    }

    func learnDevice(certificate bytes: [UInt8]) throws {
        let signed = try DeviceCertificate.Signed(encodedBytes: bytes)
        let certificate = try signed.verify(hubKey: identity.hubKey)
        try store.learn(
            device: certificate.device, key: certificate.key, member: certificate.member,
            certificate: bytes)
    }
}

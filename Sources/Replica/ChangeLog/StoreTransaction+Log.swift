package import Cryptography
import Foundation
import GRDB
package import Model
package import Wire

/// The log: batches as received, the hub's admissions, and the scopes' chains.
extension StoreTransaction {
    /// How a batch of the log stands.
    package enum BatchState: Int64, Sendable {
        case unsent = 0
        case admitted = 1
        case refusedWhole = 2
        case waiting = 3
        /// The hub has it; its decision has not been fetched yet.
        case received = 4
    }

    /// A batch of the log without its sections.
    package struct LoggedBatch: Sendable {
        package let device: DeviceID
        package let sequence: UInt64
        package let id: Digest
        package let headerBytes: [UInt8]
        package let signature: Signature
        package let state: BatchState
        package let position: Position?
        package let receipt: HubTime?

        static let selectSQL = """
            SELECT device, sequence, id, header, signature, state, epoch, number, receipt
            FROM batch
            """

        init(_ row: Row) throws {
            guard let id = Digest(bytes: row[2] as Data),
                let signature = Signature(bytes: [UInt8](row[4] as Data)),
                let state = BatchState(rawValue: row[5])
            else { throw ReplicaError(.damaged, "batch") }
            device = DeviceID(column: row[0])
            sequence = UInt64(bitPattern: row[1])
            self.id = id
            headerBytes = [UInt8](row[3] as Data)
            self.signature = signature
            self.state = state
            position = Position(epoch: row[6] as Int64?, number: row[7] as Int64?)
            receipt = (row[8] as Int64?).map { HubTime(milliseconds: $0) }
        }

        /// What the batch's header says, without its sections.
        package func header() throws -> BatchHeader {
            try SealedBatch(headerBytes: headerBytes, signature: signature, sections: []).header()
        }
    }

    /// A section of the log.
    package struct LoggedSection: Sendable {
        package let key: Int64
        package let device: DeviceID
        package let sequence: UInt64
        package let scopeKey: Int64
        package let position: Position?
        /// As they are stored; see ``content`` for what is to be read.
        package let bytes: [UInt8]
        package let hash: Digest
        /// Without a place: what the hub had decided before the scope was fetched anew.
        package let admissionBytes: [UInt8]?
        /// Not nil: the bytes stand for others, from which texts were erased.
        package let restatement: Restatement.Signed?
        /// Whether readers other than its author get it.
        package let isReleased: Bool
        /// Whether its changes are in the tables.
        package let isApplied: Bool

        static let selectSQL = """
            SELECT key, device, sequence, scope, epoch, number, bytes, hash, admission, restatement,
                released, applied
            FROM section
            """

        init(_ row: Row) throws {
            guard let hash = Digest(bytes: row[7] as Data) else {
                throw ReplicaError(.damaged, "section")
            }
            key = row[0]
            device = DeviceID(column: row[1])
            sequence = UInt64(bitPattern: row[2])
            scopeKey = row[3]
            position = Position(epoch: row[4] as Int64?, number: row[5] as Int64?)
            bytes = [UInt8](row[6] as Data)
            self.hash = hash
            admissionBytes = (row[8] as Data?).map { [UInt8]($0) }
            restatement = try (row[9] as Data?).map {
                try Restatement.Signed(encodedBytes: [UInt8]($0))
            }
            isReleased = row[10]
            isApplied = row[11]
        }

        /// The section, to be opened or passed on.
        package var content: SectionBytes {
            get throws { try SectionBytes(bytes, restatement: restatement) }
        }
    }

    package func batch(id: Digest) throws -> LoggedBatch? {
        try Row.fetchOne(
            database.cachedStatement(sql: LoggedBatch.selectSQL + " WHERE id = ?"),
            arguments: [Data(id.bytes)]
        ).map(LoggedBatch.init)
    }

    /// A section of a batch by the hash of the bytes that its author sealed, whatever stands for them
    /// now; nil if it is not here.
    package func section(named hash: Digest, ofBatch id: Digest) throws -> LoggedSection? {
        try batch(id: id).flatMap { batch in try sections(of: batch).first { $0.hash == hash } }
    }

    package func batch(device: DeviceID, sequence: UInt64) throws -> LoggedBatch? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: LoggedBatch.selectSQL + " WHERE device = ? AND sequence = ?"),
            arguments: [device.column, Int64(bitPattern: sequence)]
        ).map(LoggedBatch.init)
    }

    /// The device's last batch in the log.
    package func lastBatch(of device: DeviceID) throws -> LoggedBatch? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: LoggedBatch.selectSQL + " WHERE device = ? ORDER BY sequence DESC LIMIT 1"),
            arguments: [device.column]
        ).map(LoggedBatch.init)
    }

    package func sections(of batch: LoggedBatch) throws -> [LoggedSection] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: LoggedSection.selectSQL + " WHERE device = ? AND sequence = ? ORDER BY hash"),
            arguments: [batch.device.column, Int64(bitPattern: batch.sequence)]
        ).map(LoggedSection.init)
    }

    /// Puts a batch's header into the log. Does nothing if it is there.
    package func log(
        _ batch: SealedBatch, header: BatchHeader, state: BatchState
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO batch (device, sequence, id, header, signature, state)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            header.device.column, Int64(bitPattern: header.sequence), Data(batch.id.bytes),
            Data(batch.headerBytes), Data(batch.signature.bytes), state.rawValue,
        ])
    }

    /// Notes the hub's decision on a batch that is in the log.
    package func note(admission: Admission, signed: SignedAdmission, of header: BatchHeader) throws
    {
        try database.cachedStatement(
            sql: """
                UPDATE batch SET state = 1, epoch = ?, number = ?, receipt = ?, core = ?,
                    coreSignature = ? WHERE device = ? AND sequence = ?
                """
        ).execute(arguments: [
            Int64(admission.position.epoch), Int64(bitPattern: admission.position.number),
            admission.receipt.milliseconds, Data(signed.coreBytes), Data(signed.signature.bytes),
            header.device.column, Int64(bitPattern: header.sequence),
        ])
    }

    /// The hub's decision on a batch of the log, with these encoded decisions on its sections, in any
    /// order; nil while there is none.
    package func admission(
        device: DeviceID, sequence: UInt64, decisions: [[UInt8]]
    ) throws -> SignedAdmission? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT core, coreSignature FROM batch WHERE device = ? AND sequence = ?"),
            arguments: [device.column, Int64(bitPattern: sequence)])
        guard let core = row?[0] as Data?,
            let signature = (row?[1] as Data?).flatMap({ Signature(bytes: [UInt8]($0)) })
        else { return nil }
        return SignedAdmission(
            coreBytes: [UInt8](core), signature: signature, decisions: decisions)
    }

    /// A batch of the log as it travels, with those of its sections that are wanted and the hub's
    /// decisions on them; nil while there is no decision.
    package func entry(
        of batch: LoggedBatch, at place: Position? = nil,
        where isWanted: (LoggedSection) throws -> Bool
    ) throws -> SyncAnswer.Entry? {
        let sections = try sections(of: batch).filter(isWanted)
        let admission = try admission(
            device: batch.device, sequence: batch.sequence,
            decisions: sections.compactMap(\.admissionBytes))
        guard let admission else { return nil }
        return SyncAnswer.Entry(
            batch: SealedBatch(
                headerBytes: batch.headerBytes, signature: batch.signature,
                sections: try sections.map { try $0.content }),
            admission: admission, position: place)
    }

    package func set(state: BatchState, refusal: String? = nil, ofBatch id: Digest) throws {
        try database.cachedStatement(
            sql: "UPDATE batch SET state = ?, refusal = ? WHERE id = ?"
        ).execute(arguments: [state.rawValue, refusal, Data(id.bytes)])
    }

    /// Puts a section into the log, or completes what is there with its admission.
    ///
    /// - Returns: the row's key.
    @discardableResult
    package func log(
        section: SectionBytes, of header: BatchHeader, in scope: ScopeRow, position: Position?,
        admissionBytes: [UInt8]?, isReleased: Bool, isApplied: Bool
    ) throws -> Int64 {
        returnedByScope[scope.key] = nil
        let restated = try section.restatement?.unverified().position
        if restated != nil, try replacesBytes(section, of: header) { try meta.notePurge() }
        try database.cachedStatement(
            sql: """
                INSERT INTO section (device, sequence, scope, epoch, number, hash, bytes, admission,
                    released, applied, restatement, restatedEpoch, restatedNumber)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (device, sequence, hash) DO UPDATE SET epoch = excluded.epoch,
                    number = excluded.number, admission = excluded.admission,
                    released = excluded.released, applied = excluded.applied,
                    bytes = iif(excluded.restatement IS NULL, bytes, excluded.bytes),
                    restatement = coalesce(excluded.restatement, restatement),
                    restatedEpoch = coalesce(excluded.restatedEpoch, restatedEpoch),
                    restatedNumber = coalesce(excluded.restatedNumber, restatedNumber)
                """
        ).execute(arguments: [
            header.device.column, Int64(bitPattern: header.sequence), scope.key,
            position.map { Int64($0.epoch) }, position.map { Int64(bitPattern: $0.number) },
            Data(section.hash.bytes), Data(section.bytes), admissionBytes.map { Data($0) },
            isReleased, isApplied, section.restatement.map { Data($0.encodedBytes) },
            restated.map { Int64($0.epoch) }, restated.map { Int64(bitPattern: $0.number) },
        ])
        return try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT key FROM section WHERE device = ? AND sequence = ? AND hash = ?"),
            arguments: [
                header.device.column, Int64(bitPattern: header.sequence), Data(section.hash.bytes),
            ]) ?? 0
    }

    /// Whether a section from which texts were erased takes the place of other bytes of it.
    private func replacesBytes(_ section: SectionBytes, of header: BatchHeader) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT bytes <> ? FROM section WHERE device = ? AND sequence = ? AND hash = ?
                    """),
            arguments: [
                Data(section.bytes), header.device.column, Int64(bitPattern: header.sequence),
                Data(section.hash.bytes),
            ]) ?? false
    }

    /// Lengthens a scope's chain by one released section and opens the scope if it is the first.
    ///
    /// `chain' = hash(chain ‖ epoch (4 bytes) ‖ number (8 bytes) ‖ batch id ‖ section hash ‖ hash of
    /// the section's admission)`, numbers most significant byte first, from 32 zero bytes.
    package func extendChain(
        of scope: Scope, position: Position, batch: Digest, section: Digest,
        admissionBytes: [UInt8]
    ) throws {
        var row = try self.scope(scope)
        row.chain = Self.chain(
            after: row.chain, position: position, batch: batch, section: section,
            admissionBytes: admissionBytes)
        if row.opened == nil { row.opened = position }
        try update(row)
    }

    /// The link that follows in a scope's chain.
    static func chain(
        after chain: Digest, position: Position, batch: Digest, section: Digest,
        admissionBytes: [UInt8]
    ) -> Digest {
        let admissionHash = SignedAdmission.hash(ofDecision: admissionBytes)
        let epoch = UInt64(position.epoch).bigEndianBytes.suffix(4)
        let parts: [[UInt8]] = [
            chain.bytes, Array(epoch), position.number.bigEndianBytes, batch.bytes, section.bytes,
            admissionHash.bytes,
        ]
        return Digest(ContentHash.of(parts, domain: HashDomain("waymark scope chain v1")))
    }

    /// The last change number and effective time of a device in a scope; zeros if there is none.
    package func progress(of device: DeviceID, in scope: ScopeRow) throws -> DeviceProgress {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT lastNumber, lastTime FROM deviceProgress WHERE device = ? AND scope = ?
                    """), arguments: [device.column, scope.key])
        guard let row else { return DeviceProgress(lastNumber: 0, lastTime: .earliest) }
        return DeviceProgress(
            lastNumber: UInt64(bitPattern: row[0]),
            lastTime: EffectiveTime(milliseconds: row[1]))
    }

    package func set(progress: DeviceProgress, of device: DeviceID, in scope: ScopeRow) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO deviceProgress (device, scope, lastNumber, lastTime)
                VALUES (?, ?, ?, ?) ON CONFLICT (device, scope) DO UPDATE SET
                lastNumber = excluded.lastNumber, lastTime = excluded.lastTime
                """
        ).execute(arguments: [
            device.column, scope.key, Int64(bitPattern: progress.lastNumber),
            progress.lastTime.milliseconds,
        ])
    }

    /// How far a device has come in a scope.
    package struct DeviceProgress: Sendable {
        package var lastNumber: UInt64
        package var lastTime: EffectiveTime

        package init(lastNumber: UInt64, lastTime: EffectiveTime) {
            self.lastNumber = lastNumber
            self.lastTime = lastTime
        }
    }

    /// The digest of level scopes that a sync compares: over scope bytes, chain and state hash of
    /// each scope that has an entry, ascending by scope bytes.
    package static func digest(
        of scopes: [(scope: Scope, chain: Digest, stateHash: StateHash)]
    ) -> Digest {
        var hasher = ContentHasher(domain: HashDomain("waymark sync digest v1"))
        for entry in scopes.sorted(by: { $0.scope < $1.scope }) where entry.chain != .zero {
            hasher.update(entry.scope.bytes)
            hasher.update(entry.chain.bytes)
            hasher.update(entry.stateHash.bytes)
        }
        return Digest(hasher.finish())
    }
}

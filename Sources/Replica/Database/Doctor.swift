import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// What a check of a replica found.
package struct DoctorReport: Sendable {
    /// One sentence each; empty for a sound replica.
    package var faults: [String] = []
    package var batches = 0
    package var sections = 0
    package var records = 0
    package var isSound: Bool { faults.isEmpty }
}

extension Replica {
    /// Checks the replica: SQLite's own integrity, every signature, this device's chain of batches,
    /// the scopes' chains, and the tables against the log.
    package func examine() throws -> DoctorReport {
        let identity = identity
        let scratch = home + "/doctor.sqlite"
        defer {
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: scratch + suffix)
            }
        }
        return try ReplicaError.mapping(path: home) {
            try writer.read { database in
                var examination = Examination(
                    store: StoreTransaction(database), identity: identity)
                try examination.checkFile()
                try examination.checkBatches()
                try examination.checkChains()
                try examination.checkTables(scratch: scratch)
                return examination.report
            }
        }
    }

    /// Works all tables out anew from the log, in one transaction.
    package func rebuild() throws {
        let device = identity.device
        try ReplicaError.mapping(path: home) {
            try writer.write { database in
                let store = StoreTransaction(database)
                try store.removeAllRecords()
                try store.project(from: store, device: device)
            }
        }
    }
}

/// One check of a replica's file.
private struct Examination {
    let store: StoreTransaction
    let identity: Identity
    var report = DoctorReport()

    init(store: StoreTransaction, identity: Identity) {
        self.store = store
        self.identity = identity
    }

    mutating func checkFile() throws {
        let lines = try String.fetchAll(store.database, sql: "PRAGMA integrity_check(20)")
        if lines != ["ok"] {
            report.faults += lines.map { "The file is damaged: \($0)." }
        }
    }

    /// Signatures of batches and admissions, hashes of sections, this device's chain.
    mutating func checkBatches() throws {
        var previous: Digest = .zero
        var sequence: UInt64 = 0
        let rows = try Row.fetchCursor(
            store.database,
            sql: StoreTransaction.LoggedBatch.selectSQL + " ORDER BY device, sequence")
        while let row = try rows.next() {
            let logged = try StoreTransaction.LoggedBatch(row)
            report.batches += 1
            let name = "Batch \(logged.sequence) of device \(logged.device.text)"
            let sections = try store.sections(of: logged)
            report.sections += sections.count
            let batch = SealedBatch(
                headerBytes: logged.headerBytes, signature: logged.signature,
                sections: sections.map { SectionBytes($0.bytes) })
            guard let key = try store.key(of: logged.device) else {
                report.faults.append("\(name) is of a device that is not known.")
                continue
            }
            do {
                let verified = try VerifiedBatch.verify(
                    batch, key: key, programme: identity.programme, isWhole: false)
                if logged.device == identity.device {
                    sequence += 1
                    if verified.header.sequence != sequence || verified.header.previous != previous
                    {
                        report.faults.append("\(name) does not follow the one before.")
                    }
                    previous = verified.id
                }
            } catch {
                report.faults.append("\(name) fails its check: \(error.detail)")
            }
            try checkAdmission(of: logged, sections: sections, name: name)
        }
    }

    private mutating func checkAdmission(
        of logged: StoreTransaction.LoggedBatch, sections: [StoreTransaction.LoggedSection],
        name: String
    ) throws {
        guard logged.position != nil else { return }
        let row = try Row.fetchOne(
            store.database,
            sql: "SELECT core, coreSignature FROM batch WHERE device = ? AND sequence = ?",
            arguments: [logged.device.column, Int64(bitPattern: logged.sequence)])
        guard let core = row?[0] as Data?, let signatureBytes = row?[1] as Data?,
            let signature = Signature(bytes: [UInt8](signatureBytes))
        else {
            report.faults.append("\(name) has lost the hub's decision.")
            return
        }
        // In the order in which the decision names them.
        let decisions = sections.compactMap(\.admissionBytes)
            .map { ($0, ContentHash.of($0, domain: HashDomain("waymark section admission v1"))) }
            .sorted { $0.1 < $1.1 }.map(\.0)
        let signed = SignedAdmission(
            coreBytes: [UInt8](core), signature: signature, sectionBytes: decisions)
        do {
            let admission = try signed.verify(hubKey: identity.hubKey, isWhole: false)
            if admission.batch != logged.id || admission.position != logged.position {
                report.faults.append("The hub's decision on \(name) is of another batch.")
            }
        } catch {
            report.faults.append("The hub's decision on \(name) fails its check: \(error.detail)")
        }
    }

    /// The chain over each level scope's entries.
    mutating func checkChains() throws {
        for row in try store.allScopes() where row.status == .level {
            var chain: Digest = .zero
            for logged in try store.decidedSections(of: row) {
                guard let position = logged.position, let admissionBytes = logged.admissionBytes,
                    try isReleased(logged),
                    let batch = try store.batch(device: logged.device, sequence: logged.sequence)
                else { continue }
                chain = StoreTransaction.chain(
                    after: chain, position: position, batch: batch.id, section: logged.hash,
                    admissionBytes: admissionBytes)
            }
            if chain != row.chain {
                report.faults.append(
                    "The entries of a \(row.scope.kind.name) scope are not those the hub gave.")
            }
        }
    }

    private func isReleased(_ logged: StoreTransaction.LoggedSection) throws -> Bool {
        try Bool.fetchOne(
            store.database, sql: "SELECT released FROM section WHERE key = ?",
            arguments: [logged.key]) ?? false
    }

    /// The tables against tables worked out anew in a file of their own.
    mutating func checkTables(scratch: String) throws {
        let fresh = try ReplicaDatabase.open(path: scratch, isShared: false)
        defer { try? fresh.close() }
        let (expected, hashes) = try fresh.write { database in
            let rebuilt = StoreTransaction(database)
            try rebuilt.copyDevices(from: store)
            try rebuilt.project(from: store, device: identity.device)
            return (try rebuilt.rowFingerprints(), try rebuilt.stateHashes())
        }
        let actual = try store.rowFingerprints()
        report.records = actual.count
        for (name, row) in expected where actual[name] != row {
            report.faults.append("\(name) is not what its changes make it.")
        }
        for name in actual.keys where expected[name] == nil {
            report.faults.append("\(name) has no changes that made it.")
        }
        for row in try store.allScopes() where row.status == .level {
            if row.stateHash != hashes[row.scope] ?? .zero {
                report.faults.append("The state hash of a \(row.scope.kind.name) scope is wrong.")
            }
        }
        report.faults.sort()
    }
}

extension StoreTransaction {
    /// Makes the other's devices known here.
    fileprivate func copyDevices(from other: StoreTransaction) throws {
        let rows = try Row.fetchAll(
            other.database, sql: "SELECT device, key, member, certificate FROM deviceKey")
        for row in rows {
            try database.execute(
                sql: "INSERT INTO deviceKey (device, key, member, certificate) VALUES (?, ?, ?, ?)",
                arguments: [
                    row[0] as Int64, row[1] as Data, row[2] as Data?, row[3] as Data?,
                ])
        }
    }

    fileprivate func stateHashes() throws -> [Scope: StateHash] {
        Dictionary(uniqueKeysWithValues: try allScopes().map { ($0.scope, $0.stateHash) })
    }

    /// Every row of every entity's table by name, with all it shows, except in scopes that are
    /// being fetched.
    fileprivate func rowFingerprints() throws -> [String: Digest] {
        var fingerprints: [String: Digest] = [:]
        for row in try allScopes() where row.status == .level {
            for entity in Schema.entities {
                guard let table = EntityTable.of(entity.id) else { continue }
                let rows = try Row.fetchCursor(
                    database.cachedStatement(sql: table.selectSQL + " WHERE scope = ?"),
                    arguments: [row.key])
                while let stored = try rows.next() {
                    let id = [UInt8](stored[1] as Data).hexadecimal
                    fingerprints["The \(entity.name) \(id) in a \(row.scope.kind.name) scope"] =
                        fingerprint(of: stored, fieldCount: entity.fields.count)
                }
            }
        }
        return fingerprints
    }

    private func fingerprint(of row: Row, fieldCount: Int) -> Digest {
        var hasher = ContentHasher(domain: HashDomain("waymark doctor v1"))
        for index in 3..<EntityTable.firstFieldIndex + fieldCount {
            let value: DatabaseValue = row[index]
            switch value.storage {
            case .null: hasher.update([0])
            case .int64(let number): hasher.update([1] + UInt64(bitPattern: number).bigEndianBytes)
            case .double(let number): hasher.update([2] + number.bitPattern.bigEndianBytes)
            case .string(let text):
                hasher.update([3] + UInt64(text.utf8.count).bigEndianBytes + Array(text.utf8))
            case .blob(let data):
                hasher.update([4] + UInt64(data.count).bigEndianBytes + [UInt8](data))
            }
        }
        return Digest(hasher.finish())
    }
}

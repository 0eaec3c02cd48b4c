import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// A snapshot that this replica fetches, or on which a scope rests until the history behind it is
/// here, too. `protocol/snapshots.md` describes the steps.
struct SnapshotRow {
    enum State: Int64 {
        /// Pieces of it are missing.
        case fetching = 0
        /// All pieces are here; its records go into the tables when the scope is level.
        case whole = 1
        /// Its records are in the tables. What lies behind it is being fetched.
        case installed = 2
    }

    let scopeKey: Int64
    let signed: SnapshotHead.Signed
    let head: SnapshotHead
    var state: State
    /// How far what lies behind it has been fetched, and the scope's chain there.
    var historyCursor: Position
    var historyChain: Digest
}

/// The tables `snapshot`, `snapshotPiece` and `snapshotDevice`.
extension StoreTransaction {
    /// All snapshots by the scope's key.
    func snapshots() throws -> [Int64: SnapshotRow] {
        if let knownSnapshots { return knownSnapshots }
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT scope, head, signature, state, historyEpoch, historyNumber, historyChain
                    FROM snapshot
                    """))
        var found: [Int64: SnapshotRow] = [:]
        if !rows.isEmpty {
            guard let hubKey = try meta.bytes(.hubKey).flatMap({ PublicKey(bytes: $0) }) else {
                throw ReplicaError(.damaged, "snapshot")
            }
            for row in rows { found[row[0]] = try SnapshotRow(row, hubKey: hubKey) }
        }
        knownSnapshots = found
        return found
    }

    func snapshot(of row: ScopeRow) throws -> SnapshotRow? { try snapshots()[row.key] }

    /// Whether the log lacks what lies behind the scope's snapshot.
    func lacksHistory(_ row: ScopeRow) throws -> Bool {
        try snapshot(of: row)?.state == .installed
    }

    func insertSnapshot(_ signed: SnapshotHead.Signed, of row: ScopeRow) throws {
        try deleteSnapshot(of: row)
        try database.cachedStatement(
            sql: "INSERT INTO snapshot (scope, head, signature, state) VALUES (?, ?, ?, 0)"
        ).execute(arguments: [row.key, Data(signed.headBytes), Data(signed.signature.bytes)])
        knownSnapshots = nil
    }

    func update(_ snapshot: SnapshotRow) throws {
        try database.cachedStatement(
            sql: """
                UPDATE snapshot SET state = ?, historyEpoch = ?, historyNumber = ?,
                    historyChain = ? WHERE scope = ?
                """
        ).execute(arguments: [
            snapshot.state.rawValue, Int64(snapshot.historyCursor.epoch),
            Int64(bitPattern: snapshot.historyCursor.number), Data(snapshot.historyChain.bytes),
            snapshot.scopeKey,
        ])
        knownSnapshots?[snapshot.scopeKey] = snapshot
    }

    /// Forgets a snapshot: it was for nothing, or the log is whole without it.
    func deleteSnapshot(of row: ScopeRow) throws {
        try deletePieces(of: row)
        for table in ["snapshotDevice", "snapshot"] {
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE scope = ?")
                .execute(arguments: [row.key])
        }
        knownSnapshots = nil
        knownSnapshotDevices[row.key] = nil
    }

    func deleteAllSnapshots() throws {
        try database.execute(
            sql: "DELETE FROM snapshotPiece; DELETE FROM snapshotDevice; DELETE FROM snapshot")
        knownSnapshots = nil
        knownSnapshotDevices = [:]
    }

    /// Lets scopes that were to begin with a snapshot come by their entries.
    func giveUpSnapshots(identity: Identity) throws {
        for snapshot in try snapshots().values where snapshot.state != .installed {
            let scope = try scope(key: snapshot.scopeKey).scope
            try discardAdmitted(scope, identity: identity)
            var fresh = try self.scope(scope)
            fresh.status = .catchingUp
            try update(fresh)
        }
    }

    // MARK: Pieces

    func pieceCount(of row: ScopeRow) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM snapshotPiece WHERE scope = ?"),
            arguments: [row.key]) ?? 0
    }

    func insert(_ piece: SnapshotPiece, number: Int, of row: ScopeRow) throws {
        try database.cachedStatement(
            sql: "INSERT INTO snapshotPiece (scope, number, bytes) VALUES (?, ?, ?)"
        ).execute(arguments: [row.key, number, Data(piece.bytes)])
    }

    func piece(_ number: Int, of row: ScopeRow) throws -> SnapshotPiece {
        let bytes = try Data.fetchOne(
            database.cachedStatement(
                sql: "SELECT bytes FROM snapshotPiece WHERE scope = ? AND number = ?"),
            arguments: [row.key, number])
        guard let bytes else { throw ReplicaError(.damaged, "snapshot") }
        return SnapshotPiece([UInt8](bytes))
    }

    func deletePieces(of row: ScopeRow) throws {
        try database.cachedStatement(sql: "DELETE FROM snapshotPiece WHERE scope = ?")
            .execute(arguments: [row.key])
    }

    // MARK: Devices

    func insert(_ devices: [DeviceNumber], ofSnapshotOf row: ScopeRow) throws {
        for entry in devices {
            try database.cachedStatement(
                sql: "INSERT INTO snapshotDevice (scope, device, lastNumber) VALUES (?, ?, ?)"
            ).execute(arguments: [
                row.key, entry.device.column, Int64(bitPattern: entry.number),
            ])
        }
        knownSnapshotDevices[row.key] = nil
    }

    /// Whether a change was decided on before the snapshot on which its scope rests, and so is in
    /// the tables or refused, although the log does not have it yet.
    func isBehindSnapshot(_ placed: PlacedChange, in row: ScopeRow) throws -> Bool {
        guard try lacksHistory(row) else { return false }
        let known: [DeviceID: UInt64]
        if let cached = knownSnapshotDevices[row.key] {
            known = cached
        } else {
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT device, lastNumber FROM snapshotDevice WHERE scope = ?"),
                arguments: [row.key])
            known = Dictionary(
                rows.map { (DeviceID(column: $0[0]), UInt64(bitPattern: $0[1] as Int64)) },
                uniquingKeysWith: max)
            knownSnapshotDevices[row.key] = known
        }
        return known[placed.device].map { placed.number <= $0 } ?? false
    }

    // MARK: What is asked for

    /// Whether a scope that comes may begin with a snapshot. Where work of this laptop has to be
    /// found again among what the hub has, or was found there by bundle, the whole log is needed; so
    /// it is where the log may have to be given back once more.
    func takesSnapshots(device: DeviceID) throws -> Bool {
        guard try meta.integer(.renewal) == nil else { return false }
        guard try !hasTail, try DepartedWork(meta).byScope.isEmpty else { return false }
        let holdsUndecided = try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM section WHERE epoch IS NULL AND device <> ?)
                    """), arguments: [device.column])
        return !(holdsUndecided ?? false)
    }

    /// What a request says of snapshots that are being fetched, and of what lies behind others.
    func snapshotCursors() throws -> (pieces: [SnapshotCursor], history: [HistoryCursor]) {
        var pieces: [SnapshotCursor] = []
        var history: [HistoryCursor] = []
        for snapshot in try snapshots().values.sorted(by: { $0.head.scope < $1.head.scope }) {
            let row = try scope(key: snapshot.scopeKey)
            switch snapshot.state {
            case .fetching:
                let pieceCount = try pieceCount(of: row)
                pieces.append(
                    SnapshotCursor(
                        scope: row.scope, head: snapshot.signed.id, pieceCount: pieceCount))
            case .whole: break
            case .installed where row.status == .level:
                history.append(
                    HistoryCursor(
                        scope: row.scope, position: snapshot.historyCursor,
                        through: snapshot.head.position))
            case .installed: break
            }
        }
        return (pieces, history)
    }
}

extension SnapshotRow {
    init(_ row: Row, hubKey: PublicKey) throws {
        guard let signature = Signature(bytes: [UInt8](row[2] as Data)),
            let state = State(rawValue: row[3]),
            let cursor = Position(epoch: row[4] as Int64?, number: row[5] as Int64?),
            let chain = Digest(bytes: row[6] as Data)
        else { throw ReplicaError(.damaged, "snapshot") }
        let signed = SnapshotHead.Signed(headBytes: [UInt8](row[1] as Data), signature: signature)
        do {
            self.init(
                scopeKey: row[0], signed: signed, head: try signed.verify(hubKey: hubKey),
                state: state, historyCursor: cursor, historyChain: chain)
        } catch {
            throw ReplicaError(.damaged, "snapshot")
        }
    }
}

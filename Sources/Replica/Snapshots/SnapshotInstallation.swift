import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Puts the records of a snapshot into the tables, in the transaction that makes its scope level.
///
/// The replica encodes every record anew and adds up the hashes itself, so what is in the tables
/// afterwards has the state hash that the hub has signed, or the snapshot is given up.
struct SnapshotInstallation {
    /// The snapshot is not what its head says.
    struct Failure: Error {}

    private let store: StoreTransaction
    private let scope: ScopeRow
    private let snapshot: SnapshotRow
    /// Verdicts among the records.
    private(set) var verdicts: [RecordID] = []

    init(store: StoreTransaction, scope: ScopeRow, snapshot: SnapshotRow) {
        self.store = store
        self.scope = scope
        self.snapshot = snapshot
    }

    /// Installs it, or takes back whatever it has written of it.
    ///
    /// - Returns: whether it is installed.
    mutating func run() throws -> Bool {
        try store.flush()
        var isInstalled = false
        try store.database.inSavepoint {
            do {
                try install()
                isInstalled = true
                return .commit
            } catch  where Self.isOfTheSnapshot(error) {
                return .rollback
            }
        }
        if !isInstalled {
            store.forgetWhatWasRead()
            verdicts = []
        }
        return isInstalled
    }

    private static func isOfTheSnapshot(_ error: any Error) -> Bool {
        switch error {
        case is Failure, is WireError, is DecodingFailure: true
        // A text without the history that its cell speaks of.
        case let error as ReplicaError: error.reason == .damaged
        // The same record twice.
        case let error as DatabaseError: error.resultCode == .SQLITE_CONSTRAINT
        default: false
        }
    }

    private mutating func install() throws {
        let mayExist = try store.hasChangesLaidOver(scope)
        var setAside = 0
        var devices: [DeviceNumber] = []
        var lastNumbers: [DeviceID: UInt64] = [:]
        try Self.read(snapshot, of: scope, in: store) { found in
            devices = found
            lastNumbers = Dictionary(
                found.map { ($0.device, $0.number) }, uniquingKeysWith: max)
        } record: { record in
            let state = try RecordState(
                canonicalBytes: record.canonicalBytes, record: record.record)
            try store.install(
                state, texts: record.texts(), of: record.record, in: scope, mayExist: mayExist,
                isDecided: { placed in
                    lastNumbers[placed.device].map { placed.number <= $0 } ?? false
                })
            setAside += state.setAsideCount
            if state.entity == Schema.bookingVerdict.id, state.creation != nil {
                verdicts.append(record.record)
            }
        } piece: {
            try store.flush()
        }
        var row = try store.scope(key: scope.key)
        guard row.stateHash == snapshot.head.stateHash else { throw Failure() }
        row.setAside += setAside
        try store.update(row)
        try store.insert(devices, ofSnapshotOf: row)
        try store.deletePieces(of: row)
        var installed = snapshot
        installed.state = .installed
        try store.update(installed)
    }

    /// Reads a snapshot of which all pieces are here.
    static func read(
        _ snapshot: SnapshotRow, of scope: ScopeRow, in store: StoreTransaction,
        devices takeDevices: ([DeviceNumber]) throws -> Void,
        record take: (SnapshotRecord) throws -> Void, piece isRead: () throws -> Void
    ) throws {
        var reader = SnapshotReader()
        var devices: [DeviceNumber]?
        for number in snapshot.head.pieceHashes.indices {
            let piece = try store.piece(number, of: scope)
            guard piece.hash == snapshot.head.pieceHashes[number] else { throw Failure() }
            reader.append(try piece.open())
            if devices == nil {
                guard let found = try reader.devices() else { continue }
                devices = found
                try takeDevices(found)
            }
            while let record = try reader.next() { try take(record) }
            try isRead()
        }
        try reader.requireEnd()
        guard devices != nil, reader.recordCount == snapshot.head.recordCount else {
            throw Failure()
        }
    }
}

extension RecordState {
    /// Heads that this version only keeps; how many changes they stand for, the log tells.
    fileprivate var setAsideCount: Int {
        cells.reduce(0) { $0 + ($1.key.kind == .unread ? $1.heads.count : 0) }
    }
}

extension StoreTransaction {
    /// Whether the tables may have changes of the scope that are not admitted, laid over records
    /// that are not here.
    fileprivate func hasChangesLaidOver(_ row: ScopeRow) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (SELECT 1 FROM section JOIN meta ON meta.name = 'device'
                        WHERE scope = ?1 AND applied = 0
                            AND (epoch IS NULL OR section.device = meta.integer))
                    OR EXISTS (SELECT 1 FROM pendingPart WHERE scope = ?1)
                    OR EXISTS (SELECT 1 FROM tailPart WHERE scope = ?1)
                """, arguments: [row.key]) ?? true
    }
}

import Cryptography
import Model
import Replica
import Wire

/// Scopes with which the asking device could begin by a snapshot that is not there yet, or that much
/// has been added to since. Thrown while an answer is made, which is made again after they are.
struct SnapshotsMissing: Error {
    let scopes: [Scope]
}

extension Hub {
    /// Makes snapshots and keeps them. Reading takes time and no lock; writing is one transaction.
    func makeSnapshots(of scopes: [Scope]) throws {
        for scope in scopes {
            let draft = try database.read { store -> SnapshotDraft? in
                // Another reader may have had the same wish.
                guard let row = try store.opened(scope),
                    try store.isSnapshotMissing(of: row, logBytesMin: snapshotLogBytesMin)
                else { return nil }
                return try SnapshotDraft(
                    of: scope, from: store, programme: identity.programme, key: key,
                    pieceBytes: snapshotPieceBytes)
            }
            guard let draft else { continue }
            try database.write { try $0.insert(draft) }
        }
    }
}

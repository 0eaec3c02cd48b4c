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
            let made = try database.read { store -> (draft: SnapshotDraft, erased: Position)? in
                // Another reader may have had the same wish.
                guard let row = try store.opened(scope),
                    try store.isSnapshotMissing(of: row, logBytesMin: snapshotLogBytesMin)
                else { return nil }
                let draft = try SnapshotDraft(
                    of: scope, from: store, programme: identity.programme, key: key,
                    pieceBytes: snapshotPieceBytes)
                let erased = try store.tables.meta.erasedUpTo()
                return draft.map { ($0, erased) }
            }
            guard let made else { continue }
            try database.write { store in
                // What was erased meanwhile may be in it; whoever wants one has another made.
                guard try store.tables.meta.erasedUpTo() == made.erased else { return }
                try store.insert(made.draft)
            }
        }
    }
}

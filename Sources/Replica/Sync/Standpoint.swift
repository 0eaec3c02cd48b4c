import Model
import Wire

/// How far a replica has come, as it says in a request. The answer holds what is missing from there
/// on and fits nowhere else: with the other answer that came meanwhile, by bundle, say, it would be
/// taken in twice, also where that did not change the position.
struct Standpoint: Equatable, Sendable {
    let position: Position
    /// How far those scopes have come that catch up.
    let catchingUp: [ScopeCursor]
    /// Up to where all erasures are known.
    let erased: Position
    /// Snapshots of which pieces are missing.
    let pieces: [SnapshotCursor]
    /// How far what lies behind snapshots has come.
    let history: [HistoryCursor]
}

extension StoreTransaction {
    func standpoint() throws -> Standpoint { try standpoint(of: allScopes()) }

    func standpoint(of scopes: [ScopeRow]) throws -> Standpoint {
        let snapshots = try snapshotCursors()
        return Standpoint(
            position: try meta.position(),
            catchingUp: scopes.filter { $0.status == .catchingUp }
                .map { ScopeCursor(scope: $0.scope, position: $0.cursor) },
            erased: try meta.erasedUpTo(), pieces: snapshots.pieces, history: snapshots.history)
    }
}

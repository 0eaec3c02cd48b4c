import Model
import Replica
import Wire

/// Which pieces of snapshots go into a page, in the place of the entries of scopes that begin.
struct SnapshotPaging {
    let store: HubStore
    let request: SyncRequest
    /// What a scope's entries take before it is worth a snapshot; nil to make do with those that are
    /// there.
    let logBytesMin: Int?

    /// What a page does with scopes that begin.
    struct Plan {
        var parts: [SnapshotPart] = []
        /// Scopes of which the device has all pieces after this page, and their snapshots' places.
        var whole: [Scope: Position] = [:]
        /// Scopes of which pieces are missing after this page.
        var unfinished: Set<Scope> = []
    }

    /// Chooses pieces.
    ///
    /// - Parameters:
    ///   - begun: scopes that the device fetches and of which it has no entry.
    ///   - gained: those among them that it hears of with this answer.
    ///   - budget: bytes left in the page; what is chosen is taken off.
    ///   - isFirst: whether the page is empty, so that one piece goes in whatever its size.
    /// - Returns: the pieces, and where they bring the scopes.
    /// - Throws: ``SnapshotsMissing`` where some have to be made first.
    func plan(
        for begun: [Scope], gained: Set<Scope>, budget: inout Int, isFirst: Bool
    ) throws -> Plan {
        var plan = Plan()
        var isFirst = isFirst
        var missing: [Scope] = []
        for scope in begun.sorted() {
            let cursor = request.snapshots.first { $0.scope == scope }
            guard cursor != nil || (request.takesSnapshots && gained.contains(scope)),
                let row = try store.opened(scope)
            else { continue }
            let built = try store.builtSnapshots(of: row)
            let known = cursor.flatMap { cursor in built.first { $0.signed.id == cursor.head } }
            if known == nil, let logBytesMin,
                try store.isSnapshotMissing(of: row, logBytesMin: logBytesMin)
            {
                missing.append(scope)
            }
            guard let snapshot = known ?? built.first else { continue }
            // Records that nobody has edited take fewer bytes as entries, and bytes are what is dear.
            if known == nil,
                try !store.costs(row, after: .start, moreThan: snapshot.byteCount)
            {
                continue
            }
            let start = known == nil ? 0 : min(cursor?.pieceCount ?? 0, snapshot.pieceCount)
            var pieces: [SnapshotPiece] = []
            while start + pieces.count < snapshot.pieceCount, budget > 0 || isFirst {
                let piece = try store.piece(start + pieces.count, of: snapshot)
                if !isFirst, piece.bytes.count > budget { break }
                budget -= piece.bytes.count
                isFirst = false
                pieces.append(piece)
            }
            if known == nil || !pieces.isEmpty {
                plan.parts.append(
                    SnapshotPart(
                        scope: scope, head: known == nil ? snapshot.signed : nil,
                        firstPiece: start, pieces: pieces))
            }
            if start + pieces.count == snapshot.pieceCount {
                plan.whole[scope] = snapshot.position
            } else {
                plan.unfinished.insert(scope)
            }
        }
        guard missing.isEmpty else { throw SnapshotsMissing(scopes: missing) }
        return plan
    }
}

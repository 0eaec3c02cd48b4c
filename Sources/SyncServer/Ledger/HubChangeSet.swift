import Model

extension Ledger {
    /// A change set of the hub's own.
    struct HubChangeSet: Equatable {
        var parts: [Part]

        struct Part: Equatable {
            let scope: Scope
            var changes: [Change]
        }

        init(_ parts: [(scope: Scope, changes: [Change])]) {
            self.parts = parts.map { Part(scope: $0.scope, changes: $0.changes) }
        }

        /// What it adds to a batch, in the measures by which batches are bounded.
        fileprivate var changeCount: Int { parts.reduce(0) { $0 + $1.changes.count } }
        fileprivate var byteCount: Int {
            parts.reduce(0) { $0 + $1.changes.reduce(0) { $0 + 64 + $1.operation.textByteCount } }
        }
    }
}

extension [Ledger.HubChangeSet] {
    /// Far below what a batch may have, so that one more set always fits.
    private static let changesMax = Limits.sectionChangesMax / 4
    private static let scopesMax = Limits.batchSectionsMax / 4
    private static let bytesMax = Limits.sectionInflatedBytesMax / 4

    /// The same sets, in their order, in as many batches as it takes: however much the hub has to say
    /// at once, none of its batches is larger than one may be.
    func dividedIntoBatches() -> [[Ledger.HubChangeSet]] {
        var batches: [[Ledger.HubChangeSet]] = []
        var batch: [Ledger.HubChangeSet] = []
        var scopes: Set<Scope> = []
        var (changeCount, byteCount) = (0, 0)
        for set in self {
            if !batch.isEmpty,
                changeCount + set.changeCount > Self.changesMax
                    || byteCount + set.byteCount > Self.bytesMax
                    || scopes.union(set.parts.map(\.scope)).count > Self.scopesMax
            {
                batches.append(batch)
                batch = []
                scopes = []
                (changeCount, byteCount) = (0, 0)
            }
            batch.append(set)
            scopes.formUnion(set.parts.map(\.scope))
            changeCount += set.changeCount
            byteCount += set.byteCount
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}

extension Change.Operation {
    fileprivate var textByteCount: Int {
        if case .set(.text(let text)) = self { text.utf8.count } else { 0 }
    }
}

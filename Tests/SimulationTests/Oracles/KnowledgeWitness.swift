import Cryptography
import Foundation
import GRDB
import Model

@testable import Replica

/// Watches state hashes over all machines: who holds the same entries of a scope holds the same
/// records of it.
struct KnowledgeWitness {
    private struct Knowledge: Hashable {
        let scope: Scope
        let chain: Digest
        /// The hub's words on those from which texts were erased: that changes what follows from them.
        let restatements: [Data]
    }

    private var hashes: [Knowledge: StateHash] = [:]

    mutating func look(
        at store: StoreTransaction, of machine: String, isHub: Bool = false
    ) throws {
        for row in try store.allScopes()
        where row.status == .level && row.chain != .zero && row.setAside == 0 {
            // What was erased of entries behind a snapshot is not known here.
            if !isHub, try store.snapshot(of: row) != nil { continue }
            let knowledge = Knowledge(
                scope: row.scope, chain: row.chain,
                restatements: try Data.fetchAll(
                    store.database,
                    sql: """
                        SELECT restatement FROM section
                        WHERE scope = ? AND restatement IS NOT NULL AND epoch IS NOT NULL
                        ORDER BY hash
                        """, arguments: [row.key]))
            if let known = hashes[knowledge], known != row.stateHash {
                throw Violation("same knowledge", "\(machine) differs in \(row.scope)")
            }
            hashes[knowledge] = row.stateHash
        }
    }
}

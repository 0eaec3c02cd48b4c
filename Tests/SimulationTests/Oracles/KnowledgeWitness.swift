import Cryptography
import Model

@testable import Replica

/// Watches state hashes over all machines: who holds the same entries of a scope holds the same
/// records of it.
struct KnowledgeWitness {
    private struct Knowledge: Hashable {
        let scope: Scope
        let chain: Digest
        /// Erasures change what follows from the entries.
        let erasedUpTo: Position
    }

    private var hashes: [Knowledge: StateHash] = [:]

    mutating func look(at store: StoreTransaction, of machine: String) throws {
        let erasedUpTo = try store.meta.erasedUpTo()
        for row in try store.allScopes()
        where row.status == .level && row.chain != .zero && row.setAside == 0 {
            let knowledge = Knowledge(
                scope: row.scope, chain: row.chain, erasedUpTo: erasedUpTo)
            if let known = hashes[knowledge], known != row.stateHash {
                throw Violation("same knowledge", "\(machine) differs in \(row.scope)")
            }
            hashes[knowledge] = row.stateHash
        }
    }
}

import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Sealing: pending change sets become batches, chained and signed.
extension StoreTransaction {
    /// Seals change sets into as many batches as their size asks for and puts these into the log.
    ///
    /// All of them have one context, the replica's position: nothing was imported since the first
    /// of them was made, because importing seals first.
    func seal(_ sets: [PendingSet], identity: Identity, key: SigningKey) throws {
        var group: [PendingSet] = []
        var groupBytes = 0
        for set in sets {
            if !group.isEmpty, groupBytes + set.byteCount > Limits.batchSealBytes {
                try sealBatch(group, identity: identity, key: key)
                group = []
                groupBytes = 0
            }
            group.append(set)
            groupBytes += set.byteCount
        }
        if !group.isEmpty { try sealBatch(group, identity: identity, key: key) }
    }

    /// Seals everything that is pending.
    func sealPending(identity: Identity, key: SigningKey) throws {
        guard try meta.integer(.pendingBytes) ?? 0 > 0 else { return }
        try seal(pendingSets(), identity: identity, key: key)
        try deletePendingSets()
    }

    private func sealBatch(_ sets: [PendingSet], identity: Identity, key: SigningKey) throws {
        var parts: [Scope: (firstNumber: UInt64, sets: [ChangeSet])] = [:]
        for (index, set) in sets.enumerated() {
            for part in set.parts {
                let changeSet = ChangeSet(
                    ordinal: UInt32(index), action: set.action, claimed: set.claimed,
                    changes: part.changes)
                parts[part.scope, default: (part.firstNumber, [])].sets.append(changeSet)
            }
        }
        let sections = parts.sorted { $0.key < $1.key }.map { scope, part in
            let section = Section(
                scope: scope, firstNumber: part.firstNumber, changeSets: part.sets)
            return (scope, SectionBytes.seal(section, salt: RandomBytes.generate(count: 16)))
        }
        let previous = try meta.bytes(.lastBatch).flatMap { Digest(bytes: $0) } ?? .zero
        let batch = SealedBatch.seal(
            programme: identity.programme, sequence: try meta.next(.sequence), previous: previous,
            context: try meta.position(), schemaVersion: Schema.version,
            sections: sections.map(\.1), key: key)
        let header = try batch.header()
        try log(batch, header: header, state: .unsent)
        for (scope, section) in sections {
            try log(
                section: section, of: header, in: self.scope(scope), position: nil,
                admissionBytes: nil, isReleased: false, isApplied: false)
        }
        try meta.set(.lastBatch, bytes: batch.id.bytes)
    }
}

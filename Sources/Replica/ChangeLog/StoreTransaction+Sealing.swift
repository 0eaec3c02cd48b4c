import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Sealing: pending change sets become batches, chained and signed.
extension StoreTransaction {
    /// Seals change sets into as many batches as their size asks for and puts these into the log.
    ///
    /// - Parameters:
    ///   - sets: numbered already, in order.
    ///   - seen: what their author had seen of a scope; the same for all of them.
    ///   - credentials: the device whose batches they become, and its key.
    /// - Throws: what SQLite says.
    func seal(
        _ sets: [PendingSet], seen: (Scope) throws -> Context, _ credentials: Credentials
    ) throws {
        var group: [PendingSet] = []
        var groupBytes = 0
        for set in sets {
            if !group.isEmpty, groupBytes + set.byteCount > Limits.batchSealBytes {
                try sealBatch(group, seen: seen, credentials)
                group = []
                groupBytes = 0
            }
            group.append(set)
            groupBytes += set.byteCount
        }
        if !group.isEmpty { try sealBatch(group, seen: seen, credentials) }
    }

    /// Seals sets of this replica's present context: nothing was imported since the first of them
    /// was made, because importing seals first.
    func seal(_ sets: [PendingSet], _ credentials: Credentials) throws {
        try seal(sets, seen: { try self.seen(in: self.scope($0)) }, credentials)
    }

    /// Seals everything that is pending.
    func sealPending(_ credentials: Credentials) throws {
        guard try meta.integer(.pendingBytes) ?? 0 > 0 else { return }
        try seal(pendingSets(), credentials)
        try deletePendingSets()
    }

    /// What a change that is made here now has seen of its scope.
    func seen(in row: ScopeRow) throws -> Context {
        Context(position: try meta.position(), beyond: try seenBeyond(in: row))
    }

    private func sealBatch(
        _ sets: [PendingSet], seen: (Scope) throws -> Context, _ credentials: Credentials
    ) throws {
        var position = Position.start
        var parts: [Scope: (firstNumber: UInt64, sets: [ChangeSet])] = [:]
        for (index, set) in sets.enumerated() {
            for part in set.parts {
                let changeSet = ChangeSet(
                    ordinal: UInt32(index), action: set.action, claimed: set.claimed,
                    changes: part.changes)
                parts[part.scope, default: (part.firstNumber, [])].sets.append(changeSet)
            }
        }
        let sections = try parts.sorted { $0.key < $1.key }.map { scope, part in
            let context = try seen(scope)
            position = context.position
            let section = Section(
                scope: scope, firstNumber: part.firstNumber, beyond: context.beyond,
                changeSets: part.sets)
            return (scope, SectionBytes.seal(section, salt: RandomBytes.generate(count: 16)))
        }
        let previous = try meta.bytes(.lastBatch).flatMap { Digest(bytes: $0) } ?? .zero
        let batch = SealedBatch.seal(
            programme: credentials.identity.programme, sequence: try meta.next(.sequence),
            previous: previous, context: position, schemaVersion: Schema.version,
            sections: sections.map(\.1), key: credentials.key)
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

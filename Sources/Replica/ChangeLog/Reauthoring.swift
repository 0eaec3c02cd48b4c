import Foundation
import GRDB
import Model
import Wire

/// Cuts the tail of a former device off and writes it anew under the new key; ``TailSet`` says why.
struct Reauthoring {
    private let store: StoreTransaction

    init(_ store: StoreTransaction) {
        self.store = store
    }

    // MARK: Cutting

    /// Moves everything that the hub has not taken in from the log into the tail, and decides which
    /// records will get new ids. What became a rejected item already stays out of it.
    ///
    /// - Parameters:
    ///   - former: the device that is given up.
    ///   - successor: the device that will go on.
    /// - Throws: ``ReplicaError`` with `damaged` for an own batch that cannot be read.
    func cut(former: DeviceID, successor: DeviceID) throws {
        let tail =
            try sealedTail(of: former) { try unrejected($0, in: $1, of: $2) }
            + pendingTail(of: former)
        try lay(tail, over: false)
        // The new device counts its records from the beginning.
        try store.meta.set(.recordCounter, integer: 0)
        try renameAgain(former: former, successor: successor)
        for set in tail {
            try store.insert(set)
            for change in set.set.parts.flatMap(\.changes) {
                try rename(change, former: former, successor: successor)
            }
        }
        try lay(tail, over: true)
        try store.database.execute(
            sql: """
                DELETE FROM section WHERE device = ? AND epoch IS NULL AND sequence IN (
                    SELECT sequence FROM batch WHERE device = ? AND state = 0);
                UPDATE batch SET state = 1
                    WHERE device = ? AND state = 0 AND epoch IS NOT NULL;
                DELETE FROM batch WHERE device = ? AND state = 0;
                DELETE FROM undo;
                """,
            arguments: [former.column, former.column, former.column, former.column])
        // What the hub once said it has stays in the log until the hub says what became of it; it
        // may have lost it and have another copy's batch in its place by now.
        try store.database.execute(
            sql: """
                UPDATE batch SET state = 0 WHERE device = ? AND state = 4 AND EXISTS (
                    SELECT 1 FROM section WHERE section.device = batch.device
                        AND section.sequence = batch.sequence AND section.epoch IS NULL)
                """, arguments: [former.column])
        try store.deletePendingSets()
        try store.flush()
    }

    /// Moves sections of former devices into the tail that the hub had, has lost, and cannot take
    /// back. What became a rejected item already stays out of it.
    ///
    /// - Parameters:
    ///   - batches: the batches, on none of whose lost sections there is a decision.
    ///   - successor: the device that writes them anew.
    ///   - isLost: which of their sections the hub has lost.
    /// - Throws: ``ReplicaError`` with `damaged` for a batch that cannot be read.
    func cut(
        lost batches: [StoreTransaction.LoggedBatch], successor: DeviceID,
        where isLost: (StoreTransaction.LoggedSection) -> Bool = { _ in true }
    ) throws {
        var tail: [TailSet] = []
        for batch in batches {
            tail += try tailSets(of: batch, where: isLost) {
                try unrejected($0, in: $1, of: batch)
            }
            for logged in try store.sections(of: batch) where isLost(logged) {
                try store.withdraw(logged, in: store.scope(key: logged.scopeKey))
                try store.deleteSection(logged.key)
            }
            guard try store.sections(of: batch).isEmpty else { continue }
            try store.database.execute(
                sql: "DELETE FROM batch WHERE id = ?", arguments: [Data(batch.id.bytes)])
        }
        try store.flush()
        for set in tail {
            try store.insert(set)
            for change in set.set.parts.flatMap(\.changes) {
                try rename(change, former: set.device, successor: successor)
            }
        }
        try lay(tail, over: true)
    }

    /// A record gets a new id if the tail creates it. Invitations keep theirs: it stands in a token
    /// that was handed out already.
    private func rename(_ change: Change, former: DeviceID, successor: DeviceID) throws {
        guard case .create = change.operation, change.record.device == former,
            change.entity != Schema.invitation.id, try !isStored(change)
        else { return }
        let record = RecordID(
            device: successor, counter: try store.meta.next(.recordCounter))
        try store.database.execute(
            sql: "INSERT OR IGNORE INTO tailRecord (old, new) VALUES (?, ?)",
            arguments: [Data(change.record.bytes), Data(record.bytes)])
    }

    /// Ids of a tail that was cut before and not written anew are ids of the present successor.
    private func renameAgain(former: DeviceID, successor: DeviceID) throws {
        for row in try Row.fetchAll(
            store.database, sql: "SELECT old FROM tailRecord ORDER BY old")
        {
            let record = RecordID(
                device: successor, counter: try store.meta.next(.recordCounter))
            try store.database.execute(
                sql: "UPDATE tailRecord SET new = ? WHERE old = ?",
                arguments: [Data(record.bytes), row[0] as Data])
        }
    }

    /// Whether there is a record without the tail. What moves from one scope to another is created
    /// again, but it was there before.
    private func isStored(_ change: Change) throws -> Bool {
        try !store.scopes(holding: change.record, entity: change.entity).isEmpty
    }

    /// What of a change set is to be written anew: nothing if it became a rejected item, as which it
    /// is counted on.
    private func unrejected(
        _ set: ChangeSet, in scope: Scope, of batch: StoreTransaction.LoggedBatch
    ) throws -> [Change] {
        guard try store.isRejected(set, in: scope, of: batch.id) else { return set.changes }
        try store.meta.add(set.changes.count, to: .departedRejected)
        return []
    }

    /// The device's batches that were sealed and not sent, as sets of a tail.
    ///
    /// - Parameters:
    ///   - device: the device.
    ///   - wanted: which changes of a set count, in which scope and of which batch.
    /// - Returns: the sets in the order in which they were made.
    /// - Throws: ``ReplicaError`` with `damaged` for a batch that cannot be read.
    func sealedTail(
        of device: DeviceID,
        keeping wanted: (ChangeSet, Scope, StoreTransaction.LoggedBatch) throws -> [Change] = {
            set, _, _ in set.changes
        }
    ) throws -> [TailSet] {
        let rows = try Row.fetchAll(
            store.database,
            sql: StoreTransaction.LoggedBatch.selectSQL
                + " WHERE device = ? AND state = 0 ORDER BY sequence",
            arguments: [device.column])
        var tail: [TailSet] = []
        for row in rows {
            let batch = try StoreTransaction.LoggedBatch(row)
            tail += try tailSets(of: batch) { try wanted($0, $1, batch) }
        }
        return tail
    }

    private func tailSets(
        of batch: StoreTransaction.LoggedBatch,
        where isWanted: (StoreTransaction.LoggedSection) -> Bool = { _ in true },
        keeping wanted: (ChangeSet, Scope) throws -> [Change]
    ) throws -> [TailSet] {
        let position = try batch.header().context
        var found: [UInt32: (set: PendingSet, contexts: [Context])] = [:]
        // A hub that was set back may have got back a part of a batch, which counts.
        for logged in try store.sections(of: batch)
        where logged.position == nil && isWanted(logged) {
            guard let section = try? logged.content.open() else {
                throw ReplicaError(.damaged, "batch \(batch.sequence)")
            }
            let context = Context(position: position, beyond: section.beyond)
            var number = section.firstNumber
            for set in section.changeSets {
                let changes = try wanted(set, section.scope)
                let part = PendingSet.Part(
                    scope: section.scope, firstNumber: number, changes: changes,
                    encoded: PendingChanges.encode(changes))
                number += UInt64(set.changes.count)
                guard !changes.isEmpty else { continue }
                let empty = PendingSet(action: set.action, claimed: set.claimed, parts: [])
                found[set.ordinal, default: (empty, [])].set.parts.append(part)
                found[set.ordinal]?.contexts.append(context)
            }
        }
        return found.sorted { $0.key < $1.key }.map { _, found in
            TailSet(
                device: batch.device, group: Int(batch.sequence), contexts: found.contexts,
                set: found.set)
        }
    }

    private func pendingTail(of device: DeviceID) throws -> [TailSet] {
        try store.pendingSets().map { set in
            TailSet(
                device: device, group: TailSet.groupOfPending,
                contexts: try set.parts.map { try store.seen(in: store.scope($0.scope)) }, set: set)
        }
    }

    /// Lays the tail over the records, or takes it out.
    private func lay(_ tail: [TailSet], over isLaid: Bool) throws {
        for set in tail {
            for (part, context) in zip(set.set.parts, set.contexts) {
                let row = try store.scope(part.scope)
                for change in part.placed(device: set.device, claimed: set.set.claimed, context) {
                    if isLaid {
                        try store.overlay(change, in: row)
                    } else {
                        try store.withdraw(
                            change.change.record, entity: change.change.entity, in: row,
                            device: change.device, numbers: change.number...change.number)
                    }
                }
            }
        }
        try store.flush()
    }

    /// Lays the tail over what has come meanwhile: another copy of the laptop gave the numbers of the
    /// tail to other work, and with that the tail's own would be taken for decided on.
    func layTailOverAgain() throws {
        guard try store.hasTail else { return }
        let tail = try store.tailSets()
        try lay(tail, over: false)
        try lay(tail, over: true)
    }

    // MARK: Writing anew

    /// Writes the tail anew under the replica's key, once everything that the former device sent
    /// has been fetched.
    ///
    /// - Returns: how many records got new ids, and rejected items that are new.
    func finish(_ credentials: Credentials) throws -> (renamed: Int, rejected: [[UInt8]]) {
        let tail = try inOrder(store.tailSets(), credentials.identity)
        guard !tail.isEmpty else { return (0, []) }
        try lay(tail, over: false)
        var renaming = try RecordRenaming(store)
        var kept: [TailSet] = []
        var rejected: [[UInt8]] = []
        for set in tail {
            guard let twins = try twins(of: set) else {
                kept.append(set)
                continue
            }
            renaming.keepIDs(createdBy: set.set.parts.flatMap(\.changes))
            for (part, twin) in zip(set.set.parts, twins) {
                let isErased = twin.set.changes.contains { $0.operation == .erased }
                if isErased { try store.meta.notePurge() }
                guard let reason = twin.reason else { continue }
                rejected += try store.reject(
                    ChangeSet(
                        ordinal: 0, action: set.set.action, claimed: set.set.claimed,
                        changes: isErased ? twin.set.changes : part.changes),
                    by: set.device, in: store.scope(part.scope),
                    of: part.placeholder(device: set.device), reason: reason,
                    at: set.set.claimed)
            }
        }
        var texts = TextRenaming(store, by: credentials.identity.device)
        var rest = kept[...]
        while let first = rest.first {
            let group = rest.prefix { $0.device == first.device && $0.group == first.group }
            try write(Array(group), renaming, &texts, credentials)
            rest = rest.dropFirst(group.count)
        }
        try store.deleteTail()
        // Its numbers are others now.
        let undoable = try store.meta.integer(.undoAction).map(UInt64.init(bitPattern:))
        if tail.contains(where: { $0.set.action == undoable }) { try store.forgetUndo() }
        return (renaming.count, rejected)
    }

    /// The tail in the order in which it was made: batches that the hub has lost may have been cut off
    /// after later ones.
    private func inOrder(_ tail: [TailSet], _ identity: Identity) throws -> [TailSet] {
        let devices = try store.ownDevices(identity).map(\.device)
        func age(_ set: TailSet) -> Int { devices.firstIndex(of: set.device) ?? devices.count }
        return tail.enumerated().sorted { left, right in
            (-age(left.element), left.element.group, left.offset)
                < (-age(right.element), right.element.group, right.offset)
        }
        .map(\.element)
    }

    private func write(
        _ group: [TailSet], _ renaming: RecordRenaming, _ texts: inout TextRenaming,
        _ credentials: Credentials
    ) throws {
        var contexts: [Scope: Context] = [:]
        var sets: [PendingSet] = []
        for tail in group {
            var set = PendingSet(action: tail.set.action, claimed: tail.set.claimed, parts: [])
            for (part, context) in zip(tail.set.parts, tail.contexts) {
                // Nobody can write anew what was erased.
                let kept = part.changes.filter { $0.operation != .erased }
                guard !kept.isEmpty else { continue }
                contexts[part.scope] = context
                let changes = try kept.map { change in
                    try texts.renamed(
                        renaming.renamed(change), by: tail.device, in: part.scope)
                }
                set.parts.append(
                    try store.layOver(
                        changes, in: part.scope,
                        device: credentials.identity.device, claimed: tail.set.claimed, context))
            }
            if !set.parts.isEmpty { sets.append(set) }
        }
        guard !sets.isEmpty else { return }
        try store.flush()
        try store.seal(sets, seen: { contexts[$0] ?? .empty }, credentials)
    }

    /// A part of a set as it came from the hub, because the former device did send it.
    private struct Twin {
        let set: ChangeSet
        /// Why the hub refused it; nil if it did not.
        let reason: RefusalReason?
    }

    /// What came from the hub of a set, part for part; nil if the hub has no such set.
    private func twins(of tail: TailSet) throws -> [Twin]? {
        var twins: [Twin] = []
        for part in tail.set.parts {
            guard let twin = try twin(of: part, tail) else { return nil }
            twins.append(twin)
        }
        return twins
    }

    /// The same changes under the same numbers in a section that came from the hub.
    private func twin(of part: PendingSet.Part, _ tail: TailSet) throws -> Twin? {
        guard let row = try store.existingScope(part.scope) else { return nil }
        let rows = try Row.fetchCursor(
            store.database,
            sql: StoreTransaction.LoggedSection.selectSQL + """
                 WHERE device = ? AND scope = ? AND epoch IS NOT NULL ORDER BY sequence DESC
                """,
            arguments: [tail.device.column, row.key])
        while let row = try rows.next() {
            let logged = try StoreTransaction.LoggedSection(row)
            guard let section = try? logged.content.open() else { continue }
            if section.lastNumber < part.firstNumber { return nil }
            var number = section.firstNumber
            for set in section.changeSets {
                defer { number += UInt64(set.changes.count) }
                guard number == part.firstNumber else { continue }
                guard set.action == tail.set.action, set.claimed == tail.set.claimed,
                    isSame(set.changes, part.changes)
                else { return nil }
                let admission = try logged.admissionBytes.map {
                    try SectionAdmission(encodedBytes: $0)
                }
                return Twin(set: set, reason: admission?.refusal(ofOrdinal: set.ordinal))
            }
        }
        return nil
    }

    /// Whether these are the same changes, of which some may have been erased here or there.
    private func isSame(_ left: [Change], _ right: [Change]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
    }

    private func isSame(_ left: Change, _ right: Change) -> Bool {
        if left == right { return true }
        guard left.operation == .erased || right.operation == .erased else { return false }
        return left.erased == right.erased
    }
}

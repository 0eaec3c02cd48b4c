import Cryptography
import Foundation
import GRDB
package import Model
import Wire

extension Replica {
    /// Takes another invitation for a home whose first one the hub has not redeemed: it expired, or
    /// somebody else used it. What was written here is kept and goes with the new one.
    ///
    /// Nothing of it has left this laptop, so it is written anew for the member that the new
    /// invitation makes, under a new key: the hub may have seen the old one after all. It waits for a
    /// sync that is under way: the hub may be letting this laptop in at this very moment.
    ///
    /// - Parameters:
    ///   - joining: the new invitation, and what the joiner says of themselves.
    ///   - now: the device's clock.
    /// - Throws: ``ReplicaError`` with `exists` if this replica has joined already, or with `busy` if
    ///   another sync of this home takes too long.
    package func join(anew joining: Joining, now: ClaimedTime) async throws {
        try requireWritable()
        let lock = try await SyncLock.acquire(at: home)
        defer { lock.release() }
        // A key that is to follow may be the only one of a laptop that has joined.
        try refreshCredentials()
        guard !identity.isRedeemed else { throw ReplicaError(.exists, home) }
        let paths = KeyPaths(home: home)
        unlink(paths.next)
        let key = SigningKey()
        try KeyFile.write(key, to: paths.next)
        try write { store, credentials in
            let former = credentials.identity
            guard try !Identity(store.meta).isRedeemed else { throw ReplicaError(.exists, home) }
            let sets = try store.unsentSets(of: former.device)
            let draft = Reinvitation(
                former: former, member: joining.invitation.member,
                device: DeviceID(key.publicKey), sets: sets)
            try store.forgetEverything()
            try Self.fill(store.database, joining: joining, key: key)
            try store.meta.set(.sequence, integer: 0)
            try store.meta.set(.lastBatch, bytes: nil)
            var texts = TextRenaming(store, by: DeviceID(key.publicKey))
            for set in draft.rewrittenSets {
                try store.layOver(set, by: former.device, device: DeviceID(key.publicKey), &texts)
            }
            guard joining.invitation.role != nil else { return }
            let identity = try Identity(store.meta)
            var action = try Action(
                store: store, Credentials(identity: identity, key: key), now: now)
            try action.introduce(name: joining.name)
            try action.finish(name: "join", isUndoable: false)
        }
        try refreshCredentials()
        ContactFile.forgetRefusal(in: home)
    }
}

/// Work of somebody who has not joined, for the member that another invitation makes.
struct Reinvitation {
    private let former: Identity
    private let member: MemberID
    private let sets: [PendingSet]
    private let renaming: RecordRenaming

    init(former: Identity, member: MemberID, device: DeviceID, sets: [PendingSet]) {
        self.former = former
        self.member = member
        self.sets = sets
        var newIDs = [former.member.recordID: member.recordID]
        for change in sets.flatMap(\.parts).flatMap(\.changes)
        where change.operation == .create && change.record.device == former.device {
            newIDs[change.record] = RecordID(device: device, counter: change.record.counter)
        }
        renaming = RecordRenaming(newIDs)
    }

    /// The sets with the new member's scopes and ids. The introduction is left out: the joiner
    /// introduces themselves anew.
    var rewrittenSets: [PendingSet] {
        sets.compactMap { set in
            let isIntroduction = set.parts.flatMap(\.changes).contains {
                $0.entity == Schema.profile.id && $0.operation == .create
            }
            guard !isIntroduction else { return nil }
            var rewritten = PendingSet(action: set.action, claimed: set.claimed, parts: [])
            rewritten.parts = set.parts.map { part in
                let changes = part.changes.map(renaming.renamed)
                return PendingSet.Part(
                    scope: part.scope.replacing(former.member, by: member), firstNumber: 0,
                    changes: changes, encoded: PendingChanges.encode(changes))
            }
            return rewritten
        }
    }
}

extension StoreTransaction {
    /// Everything that the hub has not got, in the order it was made.
    fileprivate func unsentSets(of device: DeviceID) throws -> [PendingSet] {
        try Reauthoring(self).sealedTail(of: device).map(\.set) + pendingSets()
    }

    /// Empties the replica; nothing of it has ever been anywhere else.
    fileprivate func forgetEverything() throws {
        try flush()
        let tables =
            Schema.entities.map(\.name) + [
                ForeignTable.name, "textHistory", "conflict", "undo", "pendingPart", "pendingSet",
                "section",
                "batch", "deviceProgress", "deviceKey", "scope",
            ]
        for table in tables { try database.execute(sql: "DELETE FROM \"\(table)\"") }
        records = [:]
        scopesByID = [:]
        scopesByKey = [:]
        memberByDevice = [:]
        try meta.set(.pendingBytes, integer: 0)
    }

    /// Numbers a set that was made before, lays it over the records and keeps it for sending.
    fileprivate func layOver(
        _ set: PendingSet, by former: DeviceID, device: DeviceID, _ texts: inout TextRenaming
    ) throws {
        var numbered = PendingSet(action: set.action, claimed: set.claimed, parts: [])
        numbered.parts = try set.parts.map { part in
            let changes = try part.changes.map { change in
                try texts.renamed(change, by: former, in: part.scope)
            }
            return try layOver(
                changes, in: part.scope, device: device, claimed: set.claimed,
                seen(in: scope(part.scope)))
        }
        try flush()
        try insert(numbered)
        try meta.add(numbered.byteCount, to: .pendingBytes)
    }
}

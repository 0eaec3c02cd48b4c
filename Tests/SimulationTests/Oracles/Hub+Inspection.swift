import Cryptography
import Foundation
import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

/// What tests read from a hub, and what its admin does there.
extension Hub {
    /// Begins a mentorship, as an admin would.
    func beginMentorship(mentor: MemberID, participant: MemberID, now: HubTime) throws {
        try database.write { store in
            let ledger = try ledger(store, at: now)
            let changes = ledger.creation(
                of: Schema.mentorship, try ledger.newRecordID(),
                [
                    Fields.Mentorship.mentor: .member(mentor),
                    Fields.Mentorship.participant: .member(participant),
                ])
            let scope = Scope.pair(mentor: mentor, participant: participant)
            try ledger.say(
                [Ledger.HubChangeSet([(scope, changes)])], at: ledger.orderTime(now))
        }
    }

    /// Ends a mentorship, as the hub's admin would.
    func endMentorship(_ mentorship: RecordID, in scope: Scope, now: HubTime) throws {
        try database.write { store in
            let ledger = try ledger(store, at: now)
            let changes = [
                ledger.setting(
                    Fields.Mentorship.ended, of: mentorship, Schema.mentorship, to: .boolean(true))
            ]
            try ledger.say(
                [Ledger.HubChangeSet([(scope, changes)])], at: ledger.orderTime(now))
        }
    }

    /// Gives a member another role whatever they have under way, as a hub does that was set back to
    /// before it knew of that.
    func setRoleAnyway(_ role: Role, of member: MemberID, now: HubTime) throws {
        try database.write { store in
            let ledger = try ledger(store, at: now)
            let change = ledger.setting(
                Fields.Profile.role, of: member.recordID, Schema.profile,
                to: .integer(role.rawValue))
            try ledger.say(
                [Ledger.HubChangeSet([(.programme, [change])])], at: ledger.orderTime(now))
        }
    }

    /// Ends one of the mentorships that stand. Returns false if there is none.
    func endMentorship(
        now: HubTime, choosing pick: ([(RecordID, Scope)]) -> (RecordID, Scope)
    ) throws -> Bool {
        let standing = try database.read { store in
            try Row.fetchAll(
                store.database,
                sql: """
                    SELECT id, scope FROM mentorship
                    WHERE life = 0 AND coalesce(ended, 0) = 0 ORDER BY id
                    """
            ).compactMap { row in
                try RecordID(bytes: row[0] as Data).map {
                    ($0, try store.tables.scope(key: row[1]).scope)
                }
            }
        }
        guard !standing.isEmpty else { return false }
        let (mentorship, scope) = pick(standing)
        try endMentorship(mentorship, in: scope, now: now)
        return true
    }

    /// Scopes with an entry that the member may read now.
    func readableScopes(of member: MemberID) throws -> Set<Scope> {
        try NaiveReadership(self).scopes(of: member)
    }

    /// State hashes of a fresh replica in a file after admitting these changes in this order.
    func stateHashes(
        afterDelivering deliveries: [(Scope, PlacedChange)], into path: String
    ) throws -> [Scope: StateHash] {
        let writer = try ReplicaDatabase.open(path: path, isShared: false)
        let members = try database.read { store in
            try Row.fetchAll(store.database, sql: "SELECT device, key, member FROM deviceKey")
        }
        return try writer.write { database in
            for row in members {
                try database.execute(
                    sql: "INSERT INTO deviceKey (device, key, member) VALUES (?, ?, ?)",
                    arguments: [row[0] as Int64, row[1] as Data, row[2] as Data?])
            }
            let store = StoreTransaction(database)
            for (index, delivery) in deliveries.enumerated() {
                try store.admit(delivery.1, in: store.scope(delivery.0))
                if index % 97 == 0 { try store.flush() }
            }
            try store.flush()
            return Dictionary(
                uniqueKeysWithValues: try store.allScopes().map { ($0.scope, $0.stateHash) })
        }
    }
}

extension Replica {
    /// Scopes of which the replica holds sections that others wrote, or that the hub released. What
    /// the laptop wrote itself and nobody else got is its own, be it under a former key.
    func foreignSectionScopes() throws -> Set<Scope> {
        let identity = identity
        return try writer.read { database in
            let store = StoreTransaction(database)
            let own = try store.ownDevices(identity)
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT DISTINCT scope, device, sequence, released FROM section")
            return try rows.reduce(into: []) { scopes, row in
                let device = DeviceID(column: row[1])
                let sequence = UInt64(bitPattern: row[2])
                guard !own.wrote(device, sequence) || row[3] == true else { return }
                scopes.insert(try store.scope(key: row[0]).scope)
            }
        }
    }

    /// Scopes that are whole on the replica. One that has left keeps its row, with nothing in it.
    func levelScopes() throws -> Set<Scope> {
        try writer.read { database in
            Set(
                try StoreTransaction(database).allScopes()
                    .filter { $0.status == .level && $0.chain != .zero }.map(\.scope))
        }
    }

    /// The account, with what was counted before and all anew.
    func account() throws -> Account {
        let identity = identity
        return try writer.read { database in
            let account = try StoreTransaction(database).account(of: identity)
            let anew = try StoreTransaction(database)
                .count(of: identity, since: CountedWork(common: [])).account
            guard account == anew else {
                throw Violation("account", "Counted before: \(account), now: \(anew)")
            }
            return account
        }
    }

    /// Has everything counted and keeps it.
    func keepCount() throws {
        let identity = identity
        try keep(
            writer.read { database in
                let store = StoreTransaction(database)
                let kept = CountedWork(common: try store.commonCondition(of: identity))
                return try store.count(of: identity, since: kept).counted
            })
    }

    /// How many changes the device ever numbered: the sum of its last numbers over all scopes.
    func changesNumbered() throws -> Int {
        let device = identity.device
        return try writer.read {
            try Int.fetchOne(
                $0, sql: "SELECT sum(lastNumber) FROM deviceProgress WHERE device = ?",
                arguments: [device.column]) ?? 0
        }
    }
}

extension HubStore {
    /// What waits for a later version, of one device or of all.
    func parkedSections(of device: DeviceID? = nil) throws -> [Section] {
        try Data.fetchAll(
            database, sql: "SELECT bytes FROM parkedBatch WHERE ?1 IS NULL OR device = ?1",
            arguments: [device?.column]
        ).flatMap { try SealedBatch(encodedBytes: [UInt8]($0)).sections }.compactMap {
            try? $0.open()
        }
    }
}

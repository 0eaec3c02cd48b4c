import Cryptography
import Foundation
import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

extension Programme {
    /// Begins a mentorship, as an admin would.
    func assign(_ mentor: Laptop, _ participant: Laptop) throws {
        try hub.database.write { store in
            let ledger = Ledger(store, key: hub.key)
            let changes = ledger.creation(
                of: Schema.mentorship, try ledger.newRecordID(),
                [
                    Fields.Mentorship.mentor: .member(mentor.member),
                    Fields.Mentorship.participant: .member(participant.member),
                ])
            let scope = Scope.pair(mentor: mentor.member, participant: participant.member)
            try ledger.say([Ledger.HubChangeSet([(scope, changes)])], at: hubTime)
        }
    }

    /// Ends a mentorship, as the hub's admin would.
    func end(_ mentorship: StoredRecord) throws {
        try hub.database.write { store in
            let ledger = Ledger(store, key: hub.key)
            let changes = [
                ledger.setting(
                    Fields.Mentorship.ended, of: mentorship.id, Schema.mentorship,
                    to: .boolean(true))
            ]
            try ledger.say([Ledger.HubChangeSet([(mentorship.scope, changes)])], at: hubTime)
        }
    }

    /// Ends all mentorships of the two, by the mentor's hand.
    func endMentorship(_ mentor: Laptop, _ participant: Laptop) throws {
        let mentorships = try mentor.replica.read {
            try $0.records(of: Schema.mentorship).filter {
                $0.reference(Fields.Mentorship.participant) == participant.member.recordID
                    && $0.reference(Fields.Mentorship.mentor) == mentor.member.recordID
            }
        }
        for mentorship in mentorships {
            try mentor.replica.act("mentorship end", at: now(mentor)) { action in
                try action.set(
                    Fields.Mentorship.ended, of: mentorship.id, Schema.mentorship,
                    in: mentorship.scope, to: .boolean(true))
            }
        }
    }

    /// Scopes with an entry that the member may read now, by the rule applied to the hub's tables.
    func readableScopes(of member: MemberID) throws -> Set<Scope> {
        try hub.database.read { store in
            let facts = TableFacts(store.tables)
            guard let role = try facts.role(of: member) else { return [] }
            let scopes = try store.tables.allScopes().filter { $0.opened != nil }.map(\.scope)
            return Set(
                try scopes.filter { scope in
                    try ScopeAccess.mayRead(scope, member: member, role: role) {
                        try facts.isCurrentMentor($0, of: $1)
                    }
                })
        }
    }

    /// Scopes of which a laptop holds sections that others wrote.
    func foreignSectionScopes(of laptop: Laptop) throws -> Set<Scope> {
        let device = laptop.replica.identity.device
        return try laptop.replica.writer.read { database in
            let store = StoreTransaction(database)
            let keys = try Int64.fetchAll(
                database, sql: "SELECT DISTINCT scope FROM section WHERE device <> ?",
                arguments: [device.column])
            return Set(try keys.map { try store.scope(key: $0).scope })
        }
    }

    func account(of laptop: Laptop) throws -> Account {
        try laptop.replica.writer.read {
            try StoreTransaction($0).account(of: laptop.replica.identity)
        }
    }

    /// State hashes of a fresh replica after admitting these changes in this order.
    func stateHashes(
        afterDelivering deliveries: [(Scope, PlacedChange)]
    ) throws -> [Scope: StateHash] {
        let path = folder + "/shuffled.sqlite"
        let writer = try ReplicaDatabase.open(path: path, isShared: false)
        let members = try hub.database.read { store in
            try Row.fetchAll(
                store.tables.database, sql: "SELECT device, key, member FROM deviceKey")
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

    /// How many changes the laptop ever numbered: the sum of its last numbers over all scopes.
    func changesNumbered(by laptop: Laptop) throws -> Int {
        let device = laptop.replica.identity.device
        return try laptop.replica.writer.read {
            try Int.fetchOne(
                $0, sql: "SELECT sum(lastNumber) FROM deviceProgress WHERE device = ?",
                arguments: [device.column]) ?? 0
        }
    }

    /// Seats sold twice, people in two places, and requests with two verdicts; none is right.
    func bookingProblems() throws -> [String] {
        try hub.database.read { store in
            var problems: [String] = []
            let database = store.tables.database
            let latest = """
                SELECT booking, slot, state FROM bookingVerdict AS outerVerdict
                WHERE key = (SELECT max(key) FROM bookingVerdict
                    WHERE booking = outerVerdict.booking) AND state IN (3, 2, 7, 8)
                """
            for row in try Row.fetchAll(
                database,
                sql: """
                    SELECT hex(slot.id), count(*), slot.capacity FROM (\(latest)) AS verdict
                    JOIN slot ON slot.id = verdict.slot GROUP BY slot.id
                    HAVING count(*) > slot.capacity OR count(*) <> coalesce(slot.taken, 0)
                    """)
            {
                problems.append("slot \(row)")
            }
            for row in try Row.fetchAll(
                database,
                sql: """
                    WITH seat AS (
                        SELECT booking.scope, verdict.booking, slot.start,
                            slot.start + slot.minutes * 60000 AS "end"
                        FROM (\(latest)) AS verdict JOIN slot ON slot.id = verdict.slot
                        JOIN booking ON booking.id = verdict.booking)
                    SELECT hex(one.booking), hex(other.booking) FROM seat AS one
                    JOIN seat AS other ON one.booking < other.booking
                        AND one.start < other."end" AND other.start < one."end"
                    JOIN scope AS oneScope ON oneScope.key = one.scope
                    JOIN scope AS otherScope ON otherScope.key = other.scope
                    WHERE substr(oneScope.id, 18, 16) = substr(otherScope.id, 18, 16)
                    """)
            {
                problems.append("participant in two places \(row)")
            }
            for row in try Row.fetchAll(
                database,
                sql: """
                    SELECT hex(act), count(*) FROM bookingVerdict WHERE act IS NOT NULL
                    GROUP BY act HAVING count(*) > 1
                    """)
            {
                problems.append("two verdicts \(row)")
            }
            return problems
        }
    }
}

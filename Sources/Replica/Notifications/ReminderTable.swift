import Foundation
import GRDB
package import Model

/// Of what the member was reminded on this laptop, and how they want to be.
extension ReplicaReader {
    /// Which reminders of a record for a moment were given, in minutes before it.
    package func remindersGiven(of record: RecordID, at instant: Int64) throws -> Set<Int64> {
        try Set(
            Int64.fetchCursor(
                store.database.cachedStatement(
                    sql: "SELECT minutes FROM reminder WHERE record = ? AND at = ?"),
                arguments: [Data(record.bytes), instant]))
    }

    /// The member's settings; nil while they have none.
    package func settings() throws -> StoredRecord? {
        try record(identity.member.recordID, of: Schema.settings)
    }
}

/// A reminder that was given.
package struct GivenReminder: Hashable, Sendable {
    package let record: RecordID
    package let scope: Scope
    package let at: Int64
    package let minutes: Int64

    package init(record: RecordID, scope: Scope, at: Int64, minutes: Int64) {
        self.record = record
        self.scope = scope
        self.at = at
        self.minutes = minutes
    }
}

extension Replica {
    /// Notes that reminders are given, and returns those that had not been: of two programs that
    /// would remind at the same time, one does.
    package func noteReminders(_ reminders: [GivenReminder]) throws -> [GivenReminder] {
        try write { store, _ in
            try reminders.filter { reminder in
                try store.database.cachedStatement(
                    sql: """
                        INSERT INTO reminder (scope, record, at, minutes) VALUES (?, ?, ?, ?)
                        ON CONFLICT DO NOTHING
                        """
                ).execute(arguments: [
                    store.scope(reminder.scope).key, Data(reminder.record.bytes), reminder.at,
                    reminder.minutes,
                ])
                return store.database.changesCount > 0
            }
        }
    }

    /// Takes back that reminders are given.
    package func forgetReminders(_ reminders: [GivenReminder]) throws {
        try write { store, _ in
            for reminder in reminders {
                try store.database.cachedStatement(
                    sql: "DELETE FROM reminder WHERE record = ? AND at = ? AND minutes = ?"
                ).execute(arguments: [
                    Data(reminder.record.bytes), reminder.at, reminder.minutes,
                ])
            }
        }
    }

    /// Forgets which reminders were given of what is long over; writes only if there are some.
    package func forgetReminders(before instant: Int64) throws {
        let isAny = try read { reader in
            try Bool.fetchOne(
                reader.store.database, sql: "SELECT EXISTS (SELECT 1 FROM reminder WHERE at < ?)",
                arguments: [instant]) ?? false
        }
        guard isAny else { return }
        try write { store, _ in
            try store.database.execute(
                sql: "DELETE FROM reminder WHERE at < ?", arguments: [instant])
        }
    }
}

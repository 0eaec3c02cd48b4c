import Foundation
import GRDB
import Model
import Replica

/// Members and their mentorships, read from the merged records.
extension HubStore {
    /// Where the member was let in; nil for somebody who never was.
    func joined(_ member: MemberID) throws -> Position? {
        try place(of: member, "SELECT epoch, number FROM membership WHERE member = ?")
    }

    /// Notes where the member was let in; the first time counts.
    func noteJoined(_ member: MemberID, at position: Position) throws {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO membership (member, epoch, number) VALUES (?, ?, ?)"
        ).execute(arguments: [
            Data(member.bytes), position.columns.epoch, position.columns.number,
        ])
    }

    /// Where the hub said what it had to assume of a member; nil if it never had to.
    func assumption(about member: MemberID) throws -> Position? {
        try place(of: member, "SELECT epoch, number FROM assumption WHERE member = ?")
    }

    func noteAssumption(about member: MemberID, at position: Position) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO assumption (member, epoch, number) VALUES (?, ?, ?)"
        ).execute(arguments: [
            Data(member.bytes), position.columns.epoch, position.columns.number,
        ])
    }

    private func place(of member: MemberID, _ sql: String) throws -> Position? {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: sql), arguments: [Data(member.bytes)])
        return row.flatMap { Position(epoch: $0[0] as Int64?, number: $0[1] as Int64?) }
    }

    /// Active admins.
    func admins() throws -> [MemberID] {
        try tables.flush()
        return try members(
            sql: "SELECT id FROM profile WHERE role = ? AND state = ? ORDER BY id",
            [Role.admin.rawValue, MemberState.active.rawValue])
    }

    /// Everybody whom the member mentors or is mentored by at present.
    func counterparts(of member: MemberID) throws -> [MemberID] {
        try tables.flush()
        let id = Data(member.bytes)
        return try members(
            sql: """
                SELECT participant FROM mentorship
                WHERE mentor = ? AND life = 0 AND coalesce(ended, 0) = 0
                UNION SELECT mentor FROM mentorship
                WHERE participant = ? AND life = 0 AND coalesce(ended, 0) = 0
                """, [id, id])
    }

    /// Everybody with whom the member has a meeting that is not over and that holds a seat, waits for
    /// one, or was asked for without a ruling yet.
    func membersToMeet(_ member: MemberID, after now: HubTime) throws -> [MemberID] {
        try tables.flush()
        let states: [BookingState] = [.requested, .held, .confirmed, .waitlisted]
        let scopes = try Int64.fetchAll(
            database,
            sql: """
                SELECT DISTINCT scope FROM (
                    SELECT scope, start, minutes FROM bookingStatus
                        WHERE state IN (\(states.map { "\($0.rawValue)" }.joined(separator: ",")))
                    UNION ALL SELECT booking.scope, slot.start, slot.minutes
                        FROM booking JOIN slot ON slot.id = booking.slot
                        WHERE booking.life = 0 AND NOT EXISTS (SELECT 1 FROM bookingStatus AS status
                            WHERE status.booking = booking.id))
                WHERE start + minutes * 60000 > ?
                """, arguments: [now.milliseconds])
        return try scopes.map { try tables.scope(key: $0).scope.members }
            .filter { $0.contains(member) }.flatMap { $0 }.filter { $0 != member }
    }

    private func members(sql: String, _ arguments: StatementArguments) throws -> [MemberID] {
        try Data.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
            .compactMap { MemberID(bytes: $0) }
    }

    /// Counts and sizes for `status`.
    func count(_ sql: String) throws -> Int {
        try Int.fetchOne(database, sql: sql) ?? 0
    }

    /// A member as `member list` shows them.
    struct MemberRow {
        let id: MemberID
        let name: String?
        let email: String?
        let role: Role
        let state: MemberState
    }

    func allMembers() throws -> [MemberRow] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT profile.id, profile.name, contact.email, profile.role, profile.state
                FROM profile LEFT JOIN contact ON contact.id = profile.id
                WHERE profile.role IS NOT NULL ORDER BY profile.key
                """)
        return rows.compactMap { row in
            guard let id = MemberID(bytes: row[0] as Data), let role = Role(rawValue: row[3]),
                let state = MemberState(rawValue: row[4] as Int64? ?? 0)
            else { return nil }
            return MemberRow(id: id, name: row[1], email: row[2], role: role, state: state)
        }
    }
}

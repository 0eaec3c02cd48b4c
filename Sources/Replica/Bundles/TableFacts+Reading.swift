import Foundation
import GRDB
import Model

/// Who may read what came by bundle, or goes with one.
extension TableFacts {
    /// Whether a member may read a scope, by what the hub has decided as far as is known here. An
    /// admin's mentorship that it has not decided on may be refused, and lets nobody read anything.
    func mayRead(_ scope: Scope, member: MemberID) throws -> Bool {
        guard let role = try role(of: member) else { return false }
        if try role == .admin && !isDecidedAdmin(member) { return false }
        return try ScopeAccess.mayRead(scope, member: member, role: role) {
            try isCurrentMentor($0, of: $1) && store.hasDecidedMentorship(of: $0, and: $1)
        }
    }

    /// Whether it is the hub that says so, or what the laptop knows of itself.
    private func isDecidedAdmin(_ member: MemberID) throws -> Bool {
        if selfKnowledge.map({ $0 == (member, .admin) }) ?? false { return true }
        guard let row = try store.existingScope(.programme) else { return false }
        let state = try store.state(of: member.recordID, entity: Schema.profile.id, in: row)
        let admin = Value.integer(Role.admin.rawValue)
        if store.view(of: state.decided).values[Fields.Profile.role] == admin { return true }
        return try store.hasDecided(in: row) {
            $0.record == member.recordID && $0.field == Fields.Profile.role
                && $0.operation == .set(admin)
        }
    }
}

extension StoreTransaction {
    /// Whether a mentorship of the two that has not ended counts by the hub's decisions.
    fileprivate func hasDecidedMentorship(
        of mentor: MemberID, and participant: MemberID
    ) throws -> Bool {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id, scope FROM mentorship WHERE mentor = ? AND participant = ?
                        AND life = 0 AND coalesce(ended, 0) = 0
                    """), arguments: [Data(mentor.bytes), Data(participant.bytes)])
        return try rows.contains { row in
            guard let record = RecordID(bytes: row[0] as Data) else { return false }
            let scope = try scope(key: row[1])
            let state = try state(of: record, entity: Schema.mentorship.id, in: scope)
            let view = view(of: state.decided)
            if view.life == .live, !(view.values[Fields.Mentorship.ended]?.isTrue ?? false) {
                return true
            }
            return try state.creation == nil
                && hasDecided(in: scope) { $0.record == record && $0.operation == .create }
        }
    }

    /// Whether the hub has admitted such a change in a scope by a decision that came by bundle. Its
    /// place may be lost, or of an epoch that is not known here; it was decided all the same.
    fileprivate func hasDecided(
        in row: ScopeRow, _ isSuch: (Change) -> Bool
    ) throws -> Bool {
        let keys = try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT section.key FROM section
                    JOIN heldSection ON heldSection.section = section.key
                    WHERE section.scope = ? AND heldSection.admission IS NOT NULL
                    """), arguments: [row.key])
        return try keys.contains { key in
            try laidOver(section(key: key)).contains { isSuch($0.change) }
        }
    }
}

import Foundation
import GRDB
import Model

/// Who may read what came by bundle, or goes with one.
extension TableFacts {
    /// Whether a member may read a scope, by what the hub has decided as far as is known here. An
    /// admin's mentorship that it has not decided on may be refused, and lets nobody read anything.
    func mayRead(_ scope: Scope, member: MemberID) throws -> Bool {
        guard let role = try role(of: member) else { return false }
        return try ScopeAccess.mayRead(scope, member: member, role: role) {
            try isCurrentMentor($0, of: $1) && store.hasDecidedMentorship(of: $0, and: $1)
        }
    }
}

extension StoreTransaction {
    /// Whether a mentorship of the two that has not ended counts by the hub's decisions, also those
    /// that came by bundle.
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
            let state = try state(
                of: record, entity: Schema.mentorship.id, in: scope(key: row[1]))
            let view = view(of: state.decided)
            return view.life == .live && !(view.values[Fields.Mentorship.ended]?.isTrue ?? false)
        }
    }
}

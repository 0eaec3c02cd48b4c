import Foundation
import GRDB
import Model

@testable import Replica
@testable import SyncServer

/// Who may read what, written down a second time, from the rows that everybody can see and without
/// the rule that the hub grants by.
struct NaiveReadership {
    private struct Pair: Hashable {
        let mentor: Data
        let participant: Data
    }

    private struct Mentorship {
        let pair: Pair
        let isCurrent: Bool
    }

    private var roles: [Data: Int64] = [:]
    /// By their ids, those that have ended, too.
    private var mentorships: [Data: Mentorship] = [:]
    private var current: Set<Pair> = []
    private let opened: [Scope]

    init(_ hub: Hub) throws {
        (roles, mentorships, opened) = try hub.database.read { store in
            var roles: [Data: Int64] = [:]
            for row in try Row.fetchAll(
                store.database, sql: "SELECT id, role FROM profile WHERE role IS NOT NULL")
            {
                roles[row[0]] = row[1]
            }
            var mentorships: [Data: Mentorship] = [:]
            let rows = try Row.fetchAll(
                store.database,
                sql: """
                    SELECT id, mentor, participant, life = 0 AND ended IS NOT 1 FROM mentorship
                    WHERE mentor IS NOT NULL AND participant IS NOT NULL
                    """)
            for row in rows {
                mentorships[row[0]] = Mentorship(
                    pair: Pair(mentor: row[1], participant: row[2]), isCurrent: row[3])
            }
            return (
                roles, mentorships,
                try store.tables.allScopes().filter { $0.opened != nil }.map(\.scope)
            )
        }
        noteCurrent()
    }

    private mutating func noteCurrent() {
        current = Set(mentorships.values.filter(\.isCurrent).map(\.pair))
    }

    /// The same with mentorships and roles of which the hub lost the knowledge when it was set back,
    /// and which nobody has given back to it yet. What tells of them is signed by the hub itself and
    /// may come by bundle, with what they let somebody read; neither the hub nor a laptop can know
    /// that it does not count any more. What the hub knows to have ended has ended.
    func withWhatWasLost(_ lost: [NaiveReadership]) -> NaiveReadership {
        var all = self
        for before in lost {
            all.roles.merge(before.roles) { known, _ in known }
            all.mentorships.merge(before.mentorships) { known, _ in known }
        }
        all.noteCurrent()
        return all
    }

    func scopes(of member: MemberID) -> Set<Scope> {
        Set(opened.filter { mayRead($0, Data(member.bytes)) })
    }

    /// Whether a member may read a scope, be it opened or not: what was written into it may come by
    /// bundle before the hub hears of it.
    func mayRead(_ scope: Scope, _ member: MemberID) -> Bool {
        mayRead(scope, Data(member.bytes))
    }

    private func mayRead(_ scope: Scope, _ member: Data) -> Bool {
        // Kind, then the members that it stands for.
        let people = scope.members.map { Data($0.bytes) }
        if people.contains(member) { return true }
        let isAdmin = roles[member] == Role.admin.rawValue
        switch scope.kind {
        case .programme, .slots: return true
        case .own: return false
        case .pair, .invitations: return isAdmin
        case .participant: return isAdmin || people.contains { isMentor(member, of: $0) }
        case .contact:
            return isAdmin
                || people.contains { isMentor(member, of: $0) || isMentor($0, of: member) }
        }
    }

    private func isMentor(_ mentor: Data, of participant: Data) -> Bool {
        current.contains(Pair(mentor: mentor, participant: participant))
    }
}

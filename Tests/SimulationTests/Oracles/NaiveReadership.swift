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

    private var roles: [Data: Int64] = [:]
    private var current: Set<Pair> = []
    private let opened: [Scope]

    init(_ hub: Hub) throws {
        (roles, current, opened) = try hub.database.read { store in
            var roles: [Data: Int64] = [:]
            for row in try Row.fetchAll(
                store.database, sql: "SELECT id, role FROM profile WHERE role IS NOT NULL")
            {
                roles[row[0]] = row[1]
            }
            let pairs = try Row.fetchAll(
                store.database,
                sql: """
                    SELECT mentor, participant FROM mentorship
                    WHERE life = 0 AND ended IS NOT 1
                    """)
            return (
                roles, Set(pairs.map { Pair(mentor: $0[0], participant: $0[1]) }),
                try store.tables.allScopes().filter { $0.opened != nil }.map(\.scope)
            )
        }
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

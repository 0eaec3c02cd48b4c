import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

extension Hub {
    /// The calendar that a private address shows; nil for an address that nobody has made, that was
    /// revoked or deleted, or whose member takes no part at present. Why it is nil nobody learns.
    func calendar(at secret: CalendarSecret, _ store: HubStore) throws -> String? {
        guard let member = try store.member(ofCalendarSecret: secret.hash),
            case let facts = HubFacts(store), try facts.isActive(member),
            let role = try facts.role(of: member)
        else { return nil }
        let reader = ReplicaReader(
            hubTables: store.tables, for: member, role: role, programme: identity.programme,
            programmeName: identity.name, hubKey: key.publicKey)
        let calendar = try MemberCalendar(
            of: member, pairs: store.pairs(of: member), in: reader)
        return CalendarText(
            named: identity.name, events: calendar.meetings + calendar.ownEvents
        ).text
    }
}

extension HubStore {
    /// Whose calendar an address shows, by the hash of its secret.
    fileprivate func member(ofCalendarSecret hash: [UInt8]) throws -> MemberID? {
        let scopes = try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT scope FROM calendarAddress
                    WHERE secretHash = ? AND life = 0 AND revoked IS NOT 1
                    ORDER BY key LIMIT 1
                    """), arguments: [Data(hash)])
        // Only its member writes to a member's own scope.
        return try scopes.first.flatMap { try tables.scope(key: $0).scope.owner }
    }

    /// The scopes of a member and each of their counterparts, as far as the member may read them.
    fileprivate func pairs(of member: MemberID) throws -> [Scope] {
        try grantedScopes(of: member).map(\.scope)
            .filter { $0.kind == .pair && $0.members.contains(member) }
    }
}

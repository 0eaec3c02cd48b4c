import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

extension Hub {
    /// The calendar that a private address shows; nil for an address that nobody has made, that was
    /// revoked or deleted, that was made on a laptop which is stolen, or whose member takes no part at
    /// present. Why it is nil nobody learns.
    func calendar(at secret: CalendarSecret, _ store: HubStore) throws -> String? {
        let facts = HubFacts(store)
        guard let member = try store.member(ofCalendarSecret: secret.hash, facts),
            try facts.isActive(member),
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
    fileprivate func member(
        ofCalendarSecret hash: [UInt8], _ facts: HubFacts
    ) throws -> MemberID? {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id, scope FROM calendarAddress
                    WHERE secretHash = ? AND life = 0 AND revoked IS NOT 1
                    ORDER BY key LIMIT 10
                    """), arguments: [Data(hash)])
        for row in rows {
            // Only its member writes to a member's own scope.
            guard let address = RecordID(bytes: row[0] as Data),
                let member = try tables.scope(key: row[1]).scope.owner,
                try !isOfStolenLaptop(address.device, of: member, facts)
            else { continue }
            return member
        }
        return nil
    }

    /// Whether a laptop of the member that is stolen has written as this device, be it under a key
    /// that it had before. Who has such a laptop may have made the address and keep it.
    private func isOfStolenLaptop(
        _ device: DeviceID, of member: MemberID, _ facts: HubFacts
    ) throws -> Bool {
        try devices(of: member).contains { row in
            try revocation(ofDevice: row.record) == .stolen && facts.goesOn(row.device, for: device)
        }
    }

    /// The scopes of a member and each of their counterparts, as far as the member may read them.
    fileprivate func pairs(of member: MemberID) throws -> [Scope] {
        try grantedScopes(of: member).map(\.scope)
            .filter { $0.kind == .pair && $0.members.contains(member) }
    }
}

import Foundation
import GRDB
import Model
import Replica

/// Who may read which scope, over time. The programme and the slots, which every member reads, are
/// not listed.
extension HubStore {
    /// One stretch of the order in which a member may read a scope.
    struct GrantRow {
        let scope: ScopeRow
        let from: Position
        /// Nil while it is in force.
        let until: Position?

        func isInForce(at position: Position) -> Bool {
            from <= position && (until.map { position < $0 } ?? true)
        }
    }

    /// All stretches of a member, those of scopes that all members read included, ascending by
    /// position.
    func grants(of member: MemberID) throws -> [GrantRow] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT \(ScopeRow.columnsSQL), fromEpoch, fromNumber, untilEpoch, untilNumber
                    FROM scopeGrant JOIN scope ON scope.key = scopeGrant.scope WHERE member = ?
                    """), arguments: [Data(member.bytes)])
        let first = ScopeRow.columnCount
        var grants: [GrantRow] = []
        while let row = try rows.next() {
            guard
                let from = Position(epoch: row[first] as Int64?, number: row[first + 1] as Int64?)
            else { continue }
            grants.append(
                GrantRow(
                    scope: try tables.scope(in: row), from: from,
                    until: Position(
                        epoch: row[first + 2] as Int64?, number: row[first + 3] as Int64?)))
        }
        if let joined = try joined(member) {
            for scope in try scopesOfAllMembers() {
                guard let opened = scope.opened else { continue }
                grants.append(GrantRow(scope: scope, from: max(joined, opened), until: nil))
            }
        }
        return grants.sorted { ($0.from, $0.scope.scope) < ($1.from, $1.scope.scope) }
    }

    /// Scopes that the member reads now by an entry of the table.
    func grantedScopes(of member: MemberID) throws -> [ScopeRow] {
        let keys = try Int64.fetchAll(
            database.cachedStatement(
                sql: "SELECT scope FROM scopeGrant WHERE member = ? AND untilNumber IS NULL"),
            arguments: [Data(member.bytes)])
        return try keys.map { try tables.scope(key: $0) }
    }

    /// Grants or revokes, as it should be from this position on; does nothing if it is so already.
    func setGrant(
        of scope: ScopeRow, to member: MemberID, isGranted: Bool, at position: Position
    ) throws {
        let key: StatementArguments = [Data(member.bytes), scope.key]
        let isOpen =
            try Bool.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM scopeGrant
                            WHERE member = ? AND scope = ? AND untilNumber IS NULL)
                        """), arguments: key) ?? false
        guard isOpen != isGranted else { return }
        let place: StatementArguments = [position.columns.epoch, position.columns.number]
        if isGranted {
            try database.cachedStatement(
                sql: """
                    INSERT INTO scopeGrant (member, scope, fromEpoch, fromNumber)
                    VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET untilEpoch = NULL, untilNumber = NULL
                    """
            ).execute(arguments: key + place)
            return
        }
        // What begins and ends at one position never was.
        try database.cachedStatement(
            sql: """
                DELETE FROM scopeGrant
                WHERE member = ? AND scope = ? AND fromEpoch = ? AND fromNumber = ?
                """
        ).execute(arguments: key + place)
        try database.cachedStatement(
            sql: """
                UPDATE scopeGrant SET untilEpoch = ?, untilNumber = ?
                WHERE member = ? AND scope = ? AND untilNumber IS NULL
                """
        ).execute(arguments: place + key)
    }
}

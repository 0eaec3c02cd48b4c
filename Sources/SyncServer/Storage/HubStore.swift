import Foundation
import GRDB
import Model
import Replica

/// One transaction on the hub's tables: those of every replica (log, scopes, merged records) and
/// the hub's own. Each table's SQL is in an extension of its own.
///
/// Not Sendable: it lives inside one read or write of ``HubDatabase``.
final class HubStore {
    let tables: StoreTransaction
    let database: Database
    let hubMeta: HubMeta

    init(_ database: Database) {
        self.database = database
        tables = StoreTransaction(database)
        hubMeta = HubMeta(database)
    }

    /// The hub's head: the position of the last entry of the log.
    func head() throws -> Position { try tables.meta.position() }

    /// Runs the body; if it returns false, its changes are taken back.
    func attempt(_ body: () throws -> Bool) throws -> Bool {
        var isKept = false
        try database.inSavepoint {
            isKept = try body()
            return isKept ? .commit : .rollback
        }
        return isKept
    }

    // MARK: Scopes

    /// Opened scopes of one kind, ascending.
    func openedScopes(of kind: Scope.Kind) throws -> [ScopeRow] {
        try openedScopes(from: kind, through: kind)
    }

    /// Opened scopes that all members read: the programme and the mentors' slots.
    func scopesOfAllMembers() throws -> [ScopeRow] {
        try openedScopes(from: .programme, through: .slots)
    }

    private func openedScopes(
        from first: Scope.Kind, through last: Scope.Kind
    ) throws -> [ScopeRow] {
        // A scope's bytes begin with its kind, so a kind is a range of the unique index.
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT \(ScopeRow.columnsSQL) FROM scope
                    WHERE id >= ? AND id < ? AND openedNumber IS NOT NULL
                    ORDER BY id
                    """),
            arguments: [Data([first.rawValue]), Data([last.rawValue + 1])])
        var scopes: [ScopeRow] = []
        while let row = try rows.next() { scopes.append(try tables.scope(in: row)) }
        return scopes
    }

    /// The scope's row if it has an entry.
    func opened(_ scope: Scope) throws -> ScopeRow? {
        guard let row = try tables.existingScope(scope), row.opened != nil else { return nil }
        return row
    }
}

extension Position {
    /// The two columns of a position.
    var columns: (epoch: Int64, number: Int64) { (Int64(epoch), Int64(number)) }
}

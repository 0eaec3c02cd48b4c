import Foundation
import GRDB
import Model
import Replica

@testable import SyncServer

extension HubStore {
    /// Ids of the records of an entity in a scope, in the order in which they were made.
    func recordIDs(of entity: Entity, in scope: ScopeRow) throws -> [RecordID] {
        try tables.flush()
        return try Data.fetchAll(
            database, sql: "SELECT id FROM \"\(entity.name)\" WHERE scope = ? ORDER BY key",
            arguments: [scope.key]
        ).compactMap { RecordID(bytes: $0) }
    }

    func texts(_ sql: String) throws -> [String] { try String.fetchAll(database, sql: sql) }

    /// Does to the file what nobody should.
    func run(_ sql: String) throws { try database.execute(sql: sql) }
}

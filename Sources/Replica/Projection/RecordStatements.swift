import GRDB
import Model

/// The statements that find and write the rows of one entity's records, each made once in a
/// transaction that needs it.
final class RecordStatements {
    let table: EntityTable?
    private let database: Database
    private var knownFind: DirectStatement?
    private var knownInsert: DirectStatement?
    private var knownUpdate: DirectStatement?

    init(_ entity: EntityID, _ database: Database) {
        table = EntityTable.of(entity)
        self.database = database
    }

    func find() throws -> DirectStatement {
        if let knownFind { return knownFind }
        let made = try DirectStatement(database, sql: table?.findSQL ?? ForeignTable.findSQL)
        knownFind = made
        return made
    }

    func insert() throws -> DirectStatement {
        if let knownInsert { return knownInsert }
        let made = try DirectStatement(database, sql: table?.insertSQL ?? ForeignTable.insertSQL)
        knownInsert = made
        return made
    }

    func update() throws -> DirectStatement {
        if let knownUpdate { return knownUpdate }
        let made = try DirectStatement(database, sql: table?.updateSQL ?? ForeignTable.updateSQL)
        knownUpdate = made
        return made
    }
}

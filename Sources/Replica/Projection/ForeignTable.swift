import Foundation
import GRDB
import Model

/// The table for records of entities that a later version knows.
enum ForeignTable {
    static let name = "foreignRecord"
    static let selectSQL = """
        SELECT key, id, scope, life, createdAt, updatedAt, cells FROM foreignRecord
        """
    static let findSQL = "SELECT key FROM foreignRecord WHERE id = ? AND scope = ? AND entity = ?"
    static let insertSQL = """
        INSERT INTO foreignRecord (id, scope, life, createdAt, updatedAt, cells, entity)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    static let updateSQL = """
        UPDATE foreignRecord SET life = ?, createdAt = ?, updatedAt = ?, cells = ? WHERE key = ?
        """

    /// Files of before kept one record for each id. Members' ids name a record of every entity that
    /// there is once for each member, so records of two unknown entities may have one.
    static func addEntity(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE formerForeignRecord AS SELECT * FROM foreignRecord;
                DROP TABLE foreignRecord;
                CREATE TABLE foreignRecord (
                    key INTEGER PRIMARY KEY, id BLOB NOT NULL, scope INTEGER NOT NULL,
                    life INTEGER NOT NULL, createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL,
                    cells BLOB NOT NULL, entity INTEGER NOT NULL, UNIQUE (id, scope, entity)
                ) STRICT;
                """)
        let rows = try Row.fetchCursor(
            database, sql: "SELECT key, cells FROM formerForeignRecord ORDER BY key")
        while let row = try rows.next() {
            // What is damaged stays as it is, for `doctor` to find.
            let entity = RecordState.entity(stored: [UInt8](row[1] as Data))?.rawValue ?? 0
            try database.cachedStatement(
                sql: """
                    INSERT INTO foreignRecord
                        (key, id, scope, life, createdAt, updatedAt, cells, entity)
                    SELECT key, id, scope, life, createdAt, updatedAt, cells, ?
                    FROM formerForeignRecord WHERE key = ?
                    """
            ).execute(arguments: [Int64(entity), row[0] as Int64])
        }
        try database.execute(sql: "DROP TABLE formerForeignRecord")
    }
}

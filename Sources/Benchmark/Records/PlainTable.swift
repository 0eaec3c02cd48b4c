import Foundation
import GRDB
import GRDBSQLite

/// The comparison: the rows of a benchmark in a table of plain SQLite.
struct PlainTable {
    let file: String

    /// Inserts the tasks in one transaction with one prepared statement, through SQLite's own
    /// interface, and returns how long that took, the commit included.
    func fill(_ tasks: [SampleTask]) throws -> Duration {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        let pool = try DatabasePool(path: file, configuration: configuration)
        try pool.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE task (
                        key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, title TEXT NOT NULL,
                        status INTEGER NOT NULL, due INTEGER, skill TEXT) STRICT
                    """)
        }
        let time = try ContinuousClock().measure {
            try pool.write { database in try insert(tasks, database) }
        }
        try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try pool.close()
        return time
    }

    private func insert(_ tasks: [SampleTask], _ database: Database) throws {
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        var statement: OpaquePointer?
        let sql = "INSERT INTO task (id, title, status, due, skill) VALUES (?, ?, ?, ?, ?)"
        sqlite3_prepare_v2(database.sqliteConnection, sql, -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        for (index, task) in tasks.enumerated() {
            var id = (UInt64(0x6F1D_F292_4DBB_4A20).bigEndian, UInt64(index).bigEndian)
            _ = withUnsafeBytes(of: &id) {
                sqlite3_bind_blob(statement, 1, $0.baseAddress, 16, transient)
            }
            sqlite3_bind_text(statement, 2, task.title, -1, transient)
            sqlite3_bind_int64(statement, 3, task.status)
            sqlite3_bind_int64(statement, 4, task.due)
            sqlite3_bind_text(statement, 5, task.skill, -1, transient)
            guard sqlite3_step(statement) == SQLITE_DONE else {
                throw DatabaseError(message: "insert")
            }
            sqlite3_reset(statement)
        }
    }
}

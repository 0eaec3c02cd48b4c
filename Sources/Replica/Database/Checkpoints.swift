package import GRDB
import GRDBSQLite

/// Moves what stands in the write-ahead log into the database when the log has grown, as SQLite does
/// by itself, but without a say in what is saved.
///
/// SQLite checkpoints at the end of a commit and reports a failure of that as one of the commit,
/// although the transaction is saved: a command would say that it saved nothing, and it would not
/// be true. Here a checkpoint that fails is tried again after the next commit; the log grows
/// meanwhile.
package enum Checkpoints {
    /// Pages in the log, 4 MB, from which on each commit tries.
    static let pagesMax: Int32 = 1000

    /// Takes the place of SQLite's own checkpoints on this connection.
    static func install(on database: Database) {
        sqlite3_wal_hook(
            database.sqliteConnection,
            { _, connection, name, pageCount in
                if pageCount >= Checkpoints.pagesMax {
                    // Passive: it waits for nobody, and what readers still need stays for later.
                    sqlite3_wal_checkpoint_v2(
                        connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
                }
                return SQLITE_OK
            }, nil)
    }

    /// How long ``empty(_:)`` waits for readers.
    private static let emptyingSecondsMax = 5

    /// Moves everything from the log into the database and leaves the log without a byte. Others that
    /// read are waited for less long than by a write: nothing is lost if it is not done now.
    ///
    /// - Returns: whether it is done.
    package static func empty(_ database: Database) throws -> Bool {
        try database.execute(sql: "PRAGMA busy_timeout = \(emptyingSecondsMax * 1000)")
        defer {
            let milliseconds = ReplicaDatabase.patienceSeconds * 1000
            try? database.execute(sql: "PRAGMA busy_timeout = \(milliseconds)")
        }
        return try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
    }

    /// Makes durable what stands in the log when a file is opened. A program that was killed between
    /// writing a transaction and flushing it leaves it there; the next one finds and shows it, and the
    /// end of the power would take it back.
    static func flush(_ database: Database) throws {
        // The log is opened by reading.
        _ = try Int.fetchOne(database, sql: "PRAGMA schema_version")
        var log: UnsafeMutablePointer<sqlite3_file>?
        let found = sqlite3_file_control(
            database.sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log)
        guard found == SQLITE_OK, let log, let methods = log.pointee.pMethods?.pointee else {
            return
        }
        var size: Int64 = 0
        guard methods.xFileSize(log, &size) == SQLITE_OK, size > 0 else { return }
        let code = methods.xSync(log, SQLITE_SYNC_NORMAL)
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
    }
}

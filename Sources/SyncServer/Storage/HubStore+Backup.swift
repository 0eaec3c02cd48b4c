import Foundation
import GRDB

extension HubStore {
    /// Puts the hub's key files into a copy of its database.
    func insertBackupFiles(_ files: [(name: String, content: Data)]) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS backupFile (
                    name TEXT PRIMARY KEY, content BLOB NOT NULL
                ) STRICT, WITHOUT ROWID
                """)
        for file in files {
            try database.execute(
                sql: "INSERT OR REPLACE INTO backupFile (name, content) VALUES (?, ?)",
                arguments: [file.name, file.content])
        }
    }
}

extension HubStore {
    /// Takes key files out of a copy; the database of a hub holds none.
    func takeBackupFiles(named names: [String]) throws -> [(name: String, content: Data)] {
        let rows = try Row.fetchAll(database, sql: "SELECT name, content FROM backupFile")
        let files = rows.map { (name: $0[0] as String, content: $0[1] as Data) }
        try database.execute(sql: "DROP TABLE backupFile")
        return files.filter { names.contains($0.name) }
    }
}

extension HubDatabase {
    /// What a file is that may be a backup of a hub.
    enum BackupCondition {
        case sound
        case damaged
        /// One of another program, or of a hub that is no backup.
        case otherFile
    }

    /// Looks at a copy of a backup. Nothing is made in it, as it would be by opening it as a hub.
    static func condition(ofBackup path: String) throws -> BackupCondition {
        do {
            let file = try DatabaseQueue(path: path)
            defer { try? file.close() }
            return try file.read { database in
                let tables = try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM sqlite_schema
                        WHERE type = 'table' AND name IN ('hubMeta', 'backupFile', 'batch')
                        """)
                guard tables == 3, try HubMeta(database).integer(.isBackup) == 1 else {
                    return .otherFile
                }
                return try HubStore(database).integrityFault() == nil ? .sound : .damaged
            }
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR].contains(error.resultCode)
        {
            return .damaged
        }
    }
}

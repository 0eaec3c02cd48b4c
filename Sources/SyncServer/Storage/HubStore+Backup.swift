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

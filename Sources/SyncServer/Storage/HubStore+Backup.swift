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

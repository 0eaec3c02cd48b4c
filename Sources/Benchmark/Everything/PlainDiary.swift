import GRDB

/// The comparison for a journal: the same texts in a plain table with a plain search index.
struct PlainDiary {
    let file: String

    /// Inserts the texts in one durable transaction and returns how long that took.
    func fill(_ bodies: [String]) throws -> Duration {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE entry (key INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
                    CREATE VIRTUAL TABLE search USING fts5 (body, content = 'entry', content_rowid = 'key');
                    """)
        }
        let time = try ContinuousClock().measure {
            try queue.write { database in
                let insert = try database.makeStatement(
                    sql: "INSERT INTO entry (key, body) VALUES (?, ?)")
                let index = try database.makeStatement(
                    sql: "INSERT INTO search (rowid, body) VALUES (?, ?)")
                for (key, body) in bodies.enumerated() {
                    try insert.execute(arguments: [key, body])
                    try index.execute(arguments: [key, body])
                }
            }
        }
        try queue.close()
        return time
    }
}

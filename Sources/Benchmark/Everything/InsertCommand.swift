import ArgumentParser
import GRDB

/// A program that does nothing but one durable insert: what a local command is compared with.
struct InsertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "insert", abstract: "Insert one row into a plain table", shouldDisplay: false)

    @Argument
    var file: String

    func run() throws {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        try DatabaseQueue(path: file, configuration: configuration).write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS task (
                        key INTEGER PRIMARY KEY, title TEXT NOT NULL, status INTEGER NOT NULL) STRICT;
                    INSERT INTO task (title, status) VALUES ('Read one chapter', 1);
                    """)
        }
    }
}

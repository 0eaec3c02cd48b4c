import Foundation
package import GRDB

/// Opens the SQLite file of a replica or a hub with the settings that the promises rest on.
package enum ReplicaDatabase {
    /// How long a write waits for another program's: longer than the longest transaction of a sync on a
    /// slow disk. What a person has written is better saved late than refused.
    static let patienceSeconds = 30

    /// Opens the file and brings its tables up to this version.
    ///
    /// WAL with `synchronous=FULL`, so that what was said to be saved survives a power cut;
    /// `secure_delete` from the file's creation, so that a purge leaves nothing in free pages;
    /// patience, because two terminals on one replica are normal.
    ///
    /// - Parameters:
    ///   - path: the file; it is created if missing.
    ///   - isShared: whether many readers work beside the writer (the hub).
    /// - Returns: the open file.
    /// - Throws: ``ReplicaError`` for a file that is damaged, not writable or of a later version.
    package static func open(path: String, isShared: Bool) throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(patienceSeconds))
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            // A hub's readers each have a cache of their own, and behind it the system's.
            let kibibytes = database.configuration.readonly ? 4_096 : 32_768
            try database.execute(
                sql: """
                    PRAGMA secure_delete = ON;
                    PRAGMA cache_size = -\(kibibytes);
                    PRAGMA temp_store = MEMORY;
                    """)
            Checkpoints.install(on: database)
        }
        return try ReplicaError.mapping(path: path) {
            try ReplicaSchema.requireKnown(fileAt: path)
            let writer: any DatabaseWriter
            if isShared {
                writer = try DatabasePool(path: path, configuration: configuration)
            } else {
                writer = try DatabaseQueue(path: path, configuration: configuration)
                try writer.writeWithoutTransaction { database in
                    let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                    guard mode == "wal" else { throw ReplicaError(.readOnly, path) }
                }
            }
            // The pool sets NORMAL by itself when it opens, so this comes after.
            try writer.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try Checkpoints.flush(database)
            }
            try ReplicaSchema.migrate(writer)
            return writer
        }
    }

    /// Whether a file is there and holds nothing, as one that was cut: SQLite would make a new one
    /// of it, and throw away the log that may stand beside it.
    package static func isEmptied(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size == 0
    }

    /// Sweeps what was removed for good out of the file, its search index and its WAL, if anything
    /// was. While another program reads, the WAL stays, and the next sweep tries again.
    ///
    /// `secure_delete` overwrites a row where it lies. But as a table grows and shrinks SQLite moves
    /// rows from page to page, and never overwrites what they leave in the gap of a page that they
    /// come from: of 150 tables of 120 rows, 18 still had removed ones. So the file is written anew.
    ///
    /// - Parameters:
    ///   - writer: the open file.
    ///   - isLarge: whether the new file is put together on the disk instead of in memory.
    /// - Throws: what SQLite says; what is not done then is done by the next sweep.
    package static func sweep(_ writer: any DatabaseWriter, isLarge: Bool = false) throws {
        let stage = try writer.read { try Meta($0).sweeping() }
        guard stage != .done else { return }
        if stage != .rewritten {
            try writer.write { database in
                try Meta(database).set(sweeping: .rewriting)
                // FTS5 marks deleted words; only optimising drops them from its segments.
                try database.execute(
                    sql: "INSERT INTO journalSearch (journalSearch) VALUES ('optimize')")
            }
            try writer.writeWithoutTransaction { database in
                if isLarge { try database.execute(sql: "PRAGMA temp_store = FILE") }
                defer { if isLarge { try? database.execute(sql: "PRAGMA temp_store = MEMORY") } }
                try database.execute(sql: "VACUUM")
            }
            // A reader that keeps the WAL does not make the file be written once more.
            try writer.write { try Meta($0).advance(from: .rewriting, to: .rewritten) }
        }
        let isSwept = try writer.writeWithoutTransaction { database in
            try Checkpoints.empty(database)
        }
        guard isSwept else { return }
        try writer.write { try Meta($0).advance(from: .rewritten, to: .done) }
    }
}

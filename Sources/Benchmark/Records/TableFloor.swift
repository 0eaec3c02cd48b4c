import Cryptography
import Foundation
import GRDB
import GRDBSQLite

/// What the machine takes at least for what a replica holds in the end: the bare inserts of all rows
/// of all its tables, under the same indexes and settings, and hashing as many bytes as its records'
/// states have.
struct TableFloor {
    private let tables: [Table]
    /// What makes tables and indexes, in the order in which it was said.
    private let definitions: [String]

    private struct Table {
        let name: String
        let rows: [[DatabaseValue]]
    }

    /// Reads a replica's file. The search index is left out: the rows are no journal entries.
    init(ofReplicaAt path: String) throws {
        (tables, definitions) = try DatabaseQueue(path: path).read { database in
            let objects = try Row.fetchAll(
                database,
                sql: """
                    SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL
                        AND type IN ('table', 'index') AND tbl_name NOT LIKE 'journalSearch%'
                    """)
            // A scope comes before what refers to it.
            let names = objects.filter { $0[0] == "table" }.map { $0[1] as String }
            let ordered = ["scope"] + names.filter { $0 != "scope" }
            let tables = try ordered.map { name in
                Table(
                    name: name,
                    rows: try Row.fetchAll(database, sql: "SELECT * FROM \"\(name)\"")
                        .map { Array($0.databaseValues) })
            }
            return (tables, objects.map { $0[2] })
        }
    }

    /// Inserts all rows in one transaction, each table's by one prepared statement, and returns how
    /// long that took, the commit included.
    func fill(_ file: String) throws -> Duration {
        let queue = try DatabaseQueue(path: file)
        try queue.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                    PRAGMA secure_delete = ON; PRAGMA cache_size = -32768
                    """)
            for definition in definitions { try database.execute(sql: definition) }
        }
        let time = try ContinuousClock().measure {
            try queue.write { database in
                for table in tables where !table.rows.isEmpty { try insert(table, database) }
            }
        }
        try queue.close()
        return time
    }

    private func insert(_ table: Table, _ database: Database) throws {
        let marks = table.rows[0].map { _ in "?" }.joined(separator: ", ")
        let prepared = try database.makeStatement(
            sql: "INSERT INTO \"\(table.name)\" VALUES (\(marks))")
        defer { withExtendedLifetime(prepared) {} }
        let statement = prepared.sqliteStatement
        for row in table.rows {
            for (index, value) in row.enumerated() { bind(value, Int32(index + 1), statement) }
            guard sqlite3_step(statement) == SQLITE_DONE else {
                throw DatabaseError(message: "insert")
            }
            sqlite3_reset(statement)
        }
    }

    private func bind(_ value: DatabaseValue, _ index: Int32, _ statement: OpaquePointer) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value.storage {
        case .null: sqlite3_bind_null(statement, index)
        case .int64(let number): sqlite3_bind_int64(statement, index, number)
        case .double(let number): sqlite3_bind_double(statement, index, number)
        case .string(let text): sqlite3_bind_text(statement, index, text, -1, copied)
        case .blob(let data) where data.isEmpty: sqlite3_bind_zeroblob(statement, index, 0)
        case .blob(let data):
            _ = data.withUnsafeBytes {
                sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), copied)
            }
        }
    }

    /// Hashes each row of a table by itself, as many bytes as its texts and blobs have.
    func hash(_ name: String) -> Duration {
        let contents = tables.filter { $0.name == name }.flatMap(\.rows).map { row in
            row.reduce(into: [UInt8]()) { bytes, value in
                switch value.storage {
                case .string(let text): bytes += text.utf8
                case .blob(let data): bytes += data
                case .int64, .double, .null: break
                }
            }
        }
        let domain = HashDomain("waymark benchmark")
        return ContinuousClock().measure {
            for bytes in contents { _ = ContentHash.of(bytes, domain: domain) }
        }
    }

    /// Signs and verifies once for each batch; signatures are over hashes.
    func signatures() -> (made: Duration, verified: Duration) {
        let count = tables.first { $0.name == "batch" }?.rows.count ?? 0
        let key = SigningKey()
        let message = [UInt8](repeating: 7, count: 64)
        let domain = SignatureDomain("waymark benchmark")
        let clock = ContinuousClock()
        var signature = key.sign(message, domain: domain)
        let made = clock.measure {
            for _ in 0..<count { signature = key.sign(message, domain: domain) }
        }
        let verified = clock.measure {
            for _ in 0..<count {
                precondition(
                    key.publicKey.isValid(signature, for: message, domain: domain),
                    "A signature just made is good.")
            }
        }
        return (made, verified)
    }
}

import Foundation
import GRDB
import Model

/// The SQLite table of an entity, as its declaration says: real, typed, pleasant to query.
final class EntityTable: Sendable {
    let entity: Entity
    let name: String
    private let columns: String
    let insertSQL: String
    let updateSQL: String
    let selectSQL: String
    /// The key of a record's row in a scope.
    let findSQL: String

    init(_ entity: Entity) {
        self.entity = entity
        name = entity.name
        columns = entity.fields.map { "\"\($0.name)\"" }.joined(separator: ", ")
        let marks = entity.fields.map { _ in "?" }.joined(separator: ", ")
        insertSQL = """
            INSERT INTO "\(name)" (id, scope, life, createdAt, updatedAt, cells, \(columns))
            VALUES (?, ?, ?, ?, ?, ?, \(marks))
            """
        let settings = entity.fields.map { "\"\($0.name)\" = ?" }.joined(separator: ", ")
        updateSQL = """
            UPDATE "\(name)" SET life = ?, createdAt = ?, updatedAt = ?, cells = ?, \(settings)
            WHERE key = ?
            """
        selectSQL = """
            SELECT key, id, scope, life, createdAt, updatedAt, cells, \(columns) FROM "\(name)"
            """
        findSQL = "SELECT key FROM \"\(name)\" WHERE id = ? AND scope = ?"
    }

    /// Index of the first field's column in rows of ``selectSQL``.
    static let firstFieldIndex = 7

    private static let tables = Dictionary(
        uniqueKeysWithValues: Schema.entities.map { ($0.id, EntityTable($0)) })

    /// The table of a known entity.
    static func of(_ entity: EntityID) -> EntityTable? { tables[entity] }

    func create(in database: Database) throws {
        let fields = entity.fields.map(Self.column(of:))
        try database.execute(
            sql: """
                CREATE TABLE "\(name)" (
                    key INTEGER PRIMARY KEY,
                    id BLOB NOT NULL CHECK (length(id) = 16),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    -- 0 live, 1 deleted, 2 gone on in another scope, 3 not created yet
                    life INTEGER NOT NULL CHECK (life BETWEEN 0 AND 3),
                    createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL,
                    cells BLOB NOT NULL,
                    \(fields.joined(separator: ",\n    ")),
                    UNIQUE (id, scope)
                ) STRICT
                """)
    }

    /// Creates the table where it is missing, and adds the columns that it lacks, empty.
    func complete(in database: Database) throws {
        guard try database.tableExists(name) else { return try create(in: database) }
        let known = Set(try database.columns(in: name).map(\.name))
        for field in entity.fields where !known.contains(field.name) {
            try database.execute(
                sql: "ALTER TABLE \"\(name)\" ADD COLUMN \(Self.column(of: field))")
        }
    }

    private static func column(of field: Field) -> String {
        "\"\(field.name)\" \(columnType(of: field.type))"
    }

    private static func columnType(of type: FieldType) -> String {
        switch type {
        case .text, .date, .list, .money: "TEXT"
        case .integer, .boolean, .instant: "INTEGER"
        case .reference, .bytes: "BLOB"
        }
    }

    /// The column's content for a value; null for a value the column cannot hold.
    static func column(_ value: Value?, of type: FieldType) -> ColumnValue {
        switch (value, type) {
        case (.text(let text), .text), (.text(let text), .date): .text(text)
        case (.integer(let number), .integer), (.integer(let number), .boolean),
            (.integer(let number), .instant):
            .integer(number)
        case (.reference(let record), .reference): .blob(record.bytes)
        case (.bytes(let content), .bytes): .blob(content)
        case (.list(let items), .list), (.list(let items), .money):
            .text(ListJSON.text(of: items))
        default: .null
        }
    }

    /// Whether reading the column of this type back gives exactly this value.
    static func isFaithful(_ value: Value, in type: FieldType) -> Bool {
        switch (value, type) {
        case (.text(let text), .text), (.text(let text), .date):
            // SQLite's interfaces end a text at the first zero.
            !text.utf8.contains(0)
        case (.integer, .integer), (.integer, .boolean),
            (.integer, .instant), (.reference, .reference), (.bytes, .bytes):
            true
        default: false
        }
    }

    /// The value in a row of ``selectSQL``; lists are not read from their column.
    func value(_ index: Int, in row: Row) -> Value {
        let stored: DatabaseValue = row[Self.firstFieldIndex + index]
        switch (stored.storage, entity.fields[index].type) {
        case (.string(let text), .text), (.string(let text), .date): return .text(text)
        case (.int64(let number), .integer), (.int64(let number), .boolean),
            (.int64(let number), .instant):
            return .integer(number)
        case (.blob(let data), .reference):
            return RecordID(bytes: data).map { .reference($0) } ?? .null
        case (.blob(let data), .bytes): return .bytes([UInt8](data))
        default: return .null
        }
    }
}

/// Lists as JSON text in their columns, for people who look with other tools; ids as in `hex(id)`.
enum ListJSON {
    static func text(of items: [Value]) -> String {
        "[" + items.map(text).joined(separator: ",") + "]"
    }

    private static func text(of value: Value) -> String {
        switch value {
        case .null: "null"
        case .integer(let number): String(number)
        case .text(let text): quoted(text)
        case .reference(let record): quoted(record.text)
        case .bytes(let content): quoted(content.hexadecimal)
        case .list(let items): text(of: items)
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

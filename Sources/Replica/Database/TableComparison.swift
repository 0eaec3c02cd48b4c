import Cryptography
import Foundation
import GRDB
import Model

/// Compares the tables of a replica with those that its log makes.
struct TableComparison {
    private let log: StoreTransaction
    private let tables: StoreTransaction
    private(set) var faults: [DoctorReport.Fault] = []

    /// - Parameters:
    ///   - log: a store with tables fresh from the log.
    ///   - tables: the replica's store.
    init(log: StoreTransaction, tables: StoreTransaction) {
        self.log = log
        self.tables = tables
    }

    /// Scopes that are still being fetched are left out: nobody sees them. So are those whose log is
    /// not whole.
    mutating func run() throws {
        for row in try tables.allScopes() where row.status == .level {
            guard try !tables.lacksHistory(row) else { continue }
            let expected = try log.scope(row.scope)
            let subject = "\(row.scope.kind.name) " + row.scope.members.map(\.text).joined()
            if row.chain != expected.chain { note(.scopeChain, subject) }
            if row.stateHash.bytes != expected.stateHash.bytes || row.setAside != expected.setAside
            {
                note(.stateHash, subject)
            }
        }
        for entity in Schema.entities { try compare(entity) }
        try compareForeignRecords()
        try compareTexts()
        try compareConflicts()
    }

    private mutating func note(_ kind: DoctorReport.Fault.Kind, _ subject: String) {
        faults.append(DoctorReport.Fault(kind: kind, subject: subject))
    }

    /// Scopes that are level and whose log is whole.
    private static let isCompared =
        "scope.status = 0 AND scope.key NOT IN (SELECT scope FROM snapshot)"

    private mutating func compare(_ entity: Entity) throws {
        let columns = entity.fields.map { "entity.\"\($0.name)\"" }.joined(separator: ", ")
        try compareRows(
            .table, name: entity.name,
            sql: """
                SELECT entity.id, scope.id AS scopeID, life, createdAt, updatedAt, cells, \(columns)
                FROM "\(entity.name)" AS entity JOIN scope ON scope.key = entity.scope
                WHERE \(Self.isCompared)
                ORDER BY entity.id, scope.id
                """)
    }

    private mutating func compareForeignRecords() throws {
        try compareRows(
            .table, name: "foreignRecord",
            sql: """
                SELECT foreignRecord.id,
                    CAST(hex(scope.id) || printf(' %010d', entity) AS BLOB) AS place,
                    life, createdAt, updatedAt, cells
                FROM foreignRecord JOIN scope ON scope.key = foreignRecord.scope
                WHERE \(Self.isCompared)
                ORDER BY 1, 2
                """)
    }

    private mutating func compareTexts() throws {
        try compareRows(
            .table, name: "textHistory",
            sql: """
                SELECT record,
                    CAST(hex(scope.id) || printf(' %010d %010d', entity, field) AS BLOB),
                    history, base
                FROM textHistory JOIN scope ON scope.key = textHistory.scope
                WHERE \(Self.isCompared)
                ORDER BY 1, 2
                """)
    }

    private mutating func compareConflicts() throws {
        try compareRows(
            .conflicts, name: "conflict",
            sql: """
                SELECT conflict.id, scope.id AS scopeID, record, entity, field, kind
                FROM conflict JOIN scope ON scope.key = conflict.scope
                WHERE \(Self.isCompared)
                ORDER BY conflict.id, scope.id
                """)
    }

    /// Walks both results, ordered by their first two columns, and names rows that are in one only
    /// or differ.
    private mutating func compareRows(
        _ kind: DoctorReport.Fault.Kind, name: String, sql: String
    ) throws {
        let expected = try Row.fetchCursor(log.database, sql: sql)
        let actual = try Row.fetchCursor(tables.database, sql: sql)
        var (left, right) = (try expected.next(), try actual.next())
        while let first = Self.first(left, right) {
            let isInLog = left.map(Self.place) == first
            let isInTable = right.map(Self.place) == first
            if !isInLog || !isInTable || left != right {
                note(kind, "\(name) \(RecordID(bytes: first.prefix(16))?.text ?? "")")
            }
            if isInLog { left = try expected.next() }
            if isInTable { right = try actual.next() }
        }
    }

    /// The place of the row that comes first; nil after the last.
    private static func first(_ left: Row?, _ right: Row?) -> [UInt8]? {
        [left, right].compactMap { $0.map(place) }.min { $0.lexicographicallyPrecedes($1) }
    }

    private static func place(_ row: Row) -> [UInt8] {
        [UInt8](row[0] as Data) + [UInt8](row[1] as Data)
    }
}

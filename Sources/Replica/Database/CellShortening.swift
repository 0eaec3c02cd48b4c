import Foundation
import GRDB
import Model

/// Writes the bookkeeping of all records anew, because it leaves out the device of a cell's only head
/// where that made the record. What is written now and what was written before then have the same
/// bytes, and `doctor` may compare them.
enum CellShortening {
    private static let rowsAtOnce = 1_000

    static func run(_ database: Database) throws {
        // Only what every version has is named: later ones add columns and tables.
        let existing = try String.fetchSet(
            database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        for name in Schema.entities.map(\.name) + [ForeignTable.name]
        where existing.contains(name) {
            try shorten(name, database)
        }
    }

    private static func shorten(_ name: String, _ database: Database) throws {
        var last = Int64.min
        while true {
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT key, id, cells FROM "\(name)" WHERE key > ? ORDER BY key LIMIT ?
                        """), arguments: [last, rowsAtOnce])
            for row in rows {
                last = row[0]
                // What is damaged stays as it is, for `doctor` to find.
                guard let record = RecordID(bytes: row[1] as Data),
                    let cells = shortened([UInt8](row[2] as Data), of: record)
                else { continue }
                try database.cachedStatement(
                    sql: "UPDATE \"\(name)\" SET cells = ? WHERE key = ?"
                ).execute(arguments: [Data(cells), last])
            }
            if rows.count < rowsAtOnce { return }
        }
    }

    /// The same bookkeeping as this version stores it; nil for bytes that cannot be read.
    static func shortened(_ cells: [UInt8], of record: RecordID) -> [UInt8]? {
        let state = try? RecordState(storedBytes: cells, record: record) { _ in inRow }
        return state?.storedBytes(of: record) { $1 == inRow }
    }

    /// Stands for a value that is in the row: one that no field can hold, because it is too deep.
    private static let inRow = (0...Limits.valueDepthMax).reduce(Value.null) { value, _ in
        .list([value])
    }
}

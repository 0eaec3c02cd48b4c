import Foundation
import GRDB
import GRDBSQLite
import Model

/// A prepared statement that is run very often: its arguments go straight to SQLite, without a
/// value in between for each of them.
///
/// For rows of records, of which a sync may bring a hundred thousand. Everywhere else statements
/// are GRDB's own. It belongs to the transaction in which it was made.
struct DirectStatement {
    private let statement: Statement
    private var index: Int32 = 0

    init(_ database: Database, sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
    }

    private var handle: OpaquePointer { statement.sqliteStatement }

    mutating func bind(_ value: Int64) {
        index += 1
        sqlite3_bind_int64(handle, index, value)
    }

    mutating func bindNull() {
        index += 1
        sqlite3_bind_null(handle, index)
    }

    /// Binds a text up to its first zero, as everywhere.
    mutating func bind(_ text: String) {
        index += 1
        _ = text.withCString { sqlite3_bind_text(handle, index, $0, -1, Self.copied) }
    }

    mutating func bind(blob bytes: [UInt8]) {
        index += 1
        // Without bytes there may be no address, which would be null.
        guard !bytes.isEmpty else {
            sqlite3_bind_zeroblob(handle, index, 0)
            return
        }
        bytes.withUnsafeBytes {
            _ = sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.copied)
        }
    }

    mutating func bind(_ record: RecordID) { bind(blob: record.bytes) }

    mutating func bind(_ column: ColumnValue) {
        switch column {
        case .null: bindNull()
        case .integer(let number): bind(number)
        case .text(let text): bind(text)
        case .blob(let bytes): bind(blob: bytes)
        }
    }

    /// Tells SQLite to copy what is bound.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Runs a statement that returns nothing.
    mutating func run() throws {
        guard try step({ _ in }) == nil else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "The statement returns rows.")
        }
    }

    /// The first column of the first row; nil if there is no row.
    mutating func integer() throws -> Int64? {
        try step { sqlite3_column_int64($0, 0) }
    }

    /// Runs it up to its first row, which is read if there is one.
    private mutating func step<Value>(_ read: (OpaquePointer) -> Value) throws -> Value? {
        let handle = handle
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            index = 0
        }
        switch sqlite3_step(handle) {
        case SQLITE_DONE: return nil
        case SQLITE_ROW: return read(handle)
        default:
            let connection = sqlite3_db_handle(handle)
            throw DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
                message: String(cString: sqlite3_errmsg(connection)), sql: statement.sql)
        }
    }
}

/// What a column holds.
enum ColumnValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}

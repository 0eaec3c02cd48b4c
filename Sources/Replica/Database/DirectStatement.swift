import Foundation
import GRDB
import GRDBSQLite
import Model

/// A prepared statement that is run very often: its arguments go straight to SQLite, without a
/// value in between for each of them.
///
/// For rows of records, of which a sync may bring a hundred thousand. Everywhere else statements
/// are GRDB's own. It belongs to the transaction in which it was made. Each run binds all its
/// arguments anew: SQLite reads texts and blobs where they are kept here, and they are kept for one
/// run only.
final class DirectStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let argumentCount: Int32
    private var boundCount: Int32 = 0
    /// The bytes of texts and blobs. The first belongs to none, so that an empty one has an address.
    private var contents: [UInt8] = [0]
    private var places: [Place] = []

    /// Where an argument lies in the contents.
    private struct Place {
        let argument: Int32
        let bytes: Range<Int>
        let isText: Bool
    }

    init(_ database: Database, sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        argumentCount = sqlite3_bind_parameter_count(handle)
    }

    deinit {
        // The arguments of its last run are gone.
        sqlite3_clear_bindings(handle)
    }

    func bind(_ value: Int64) {
        boundCount += 1
        sqlite3_bind_int64(handle, boundCount, value)
    }

    func bindNull() {
        boundCount += 1
        sqlite3_bind_null(handle, boundCount)
    }

    /// Binds a text up to its first zero, as everywhere.
    func bind(_ text: String) {
        let start = contents.count
        contents.append(contentsOf: text.utf8)
        let end = contents[start...].firstIndex(of: 0) ?? contents.count
        note(start..<end, isText: true)
    }

    func bind(blob bytes: [UInt8]) {
        let start = contents.count
        contents.append(contentsOf: bytes)
        note(start..<contents.count, isText: false)
    }

    func bind(_ record: RecordID) {
        let start = contents.count
        record.withBytes { contents.append(contentsOf: $0) }
        note(start..<contents.count, isText: false)
    }

    func bind(_ column: ColumnValue) {
        switch column {
        case .null: bindNull()
        case .integer(let number): bind(number)
        case .text(let text): bind(text)
        case .blob(let bytes): bind(blob: bytes)
        }
    }

    private func note(_ bytes: Range<Int>, isText: Bool) {
        boundCount += 1
        places.append(Place(argument: boundCount, bytes: bytes, isText: isText))
    }

    /// Runs a statement that returns nothing.
    func run() throws {
        guard try step({ _ in }) == nil else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "The statement returns rows.")
        }
    }

    /// Runs a statement that inserts a row, and returns the row's key.
    func insert() throws -> Int64 {
        try run()
        return sqlite3_last_insert_rowid(sqlite3_db_handle(handle))
    }

    /// The first column of the first row; nil if there is no row.
    func integer() throws -> Int64? {
        try step { sqlite3_column_int64($0, 0) }
    }

    /// Runs it up to its first row, which is read if there is one.
    private func step<Value>(_ read: (OpaquePointer) -> Value) throws -> Value? {
        precondition(boundCount == argumentCount, "Each run binds all arguments.")
        defer {
            boundCount = 0
            contents.removeLast(contents.count - 1)
            places.removeAll(keepingCapacity: true)
        }
        return try contents.withUnsafeBytes { contents in
            for place in places {
                let bytes = UnsafeRawBufferPointer(rebasing: contents[place.bytes])
                let count = Int32(bytes.count)
                if place.isText {
                    sqlite3_bind_text(
                        handle, place.argument,
                        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count, nil)
                } else {
                    sqlite3_bind_blob(handle, place.argument, bytes.baseAddress, count, nil)
                }
            }
            defer { sqlite3_reset(handle) }
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

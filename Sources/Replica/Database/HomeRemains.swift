import Foundation
import GRDB

/// What lies in a home whose replica does not say whose it is: the beginnings of one, as a join
/// leaves them that is ended or raced by another, or what is left of one.
struct HomeRemains: Equatable {
    enum Content: Equatable {
        /// There is no file, or SQLite cannot read it.
        case unread
        /// No member, and nothing that anybody wrote.
        case blank
        case written
    }

    /// Whether the hub was reached from here once.
    let hasContact: Bool
    let holdsFile: Bool
    let fileBytes: Int
    /// What stands in the write-ahead log beside the file.
    let logBytes: Int
    let content: Content

    /// Whether nothing can have been saved here yet. A replica that lost its content may look like
    /// that, too; but who has used one has reached the hub from it, or has a log beside it.
    var isUnfinished: Bool {
        guard holdsFile, !hasContact else { return false }
        return fileBytes == 0 ? logBytes == 0 : content == .blank
    }
}

extension HomeRemains {
    init(of home: String) {
        let path = home + "/replica.sqlite"
        hasContact = FileManager.default.fileExists(atPath: ContactFile.path(in: home))
        let fileBytes = Self.bytes(of: path)
        holdsFile = fileBytes != nil
        self.fileBytes = fileBytes ?? 0
        logBytes = Self.bytes(of: path + "-wal") ?? 0
        // SQLite throws away the log beside an empty file as soon as it opens that.
        content = self.fileBytes > 0 ? Self.content(of: path) : .unread
    }

    private static func bytes(of path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.size] as? Int
    }

    private static func content(of path: String) -> Content {
        do {
            let file = try DatabaseQueue(path: path)
            defer { try? file.close() }
            return try file.read { database in
                guard try database.tableExists("meta") else {
                    let count = try Int.fetchOne(
                        database, sql: "SELECT count(*) FROM sqlite_schema")
                    return count == 0 ? .blank : .written
                }
                let hasMember = try Meta(database).bytes(.member) != nil
                let hasWork = try ["pendingSet", "batch"].contains { table in
                    try database.tableExists(table)
                        && Bool.fetchOne(
                            database, sql: "SELECT EXISTS (SELECT 1 FROM \"\(table)\")") == true
                }
                return hasMember || hasWork ? .written : .blank
            }
        } catch {
            return .unread
        }
    }
}

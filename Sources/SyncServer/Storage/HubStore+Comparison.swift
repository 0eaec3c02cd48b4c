import Foundation
import GRDB
import Model
import Replica

/// Comparing one hub's tables with those made anew from its log.
extension HubStore {
    /// What SQLite itself finds wrong with the file, nil if nothing.
    func integrityFault() throws -> String? {
        // The quick check does not compare indexes with their tables, and a batch that an index
        // does not find would be admitted again.
        let result = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? "ok"
        guard result != "ok" else { return nil }
        let line = result.split(separator: "\n").joined(separator: " ")
        return "The database file is damaged: \(line)"
    }

    /// Says where the tables differ first; nil if they agree.
    func firstDifference(to other: HubStore) throws -> String? {
        try tables.flush()
        try other.tables.flush()
        for (name, sql) in Self.comparedQueries {
            let left = try Row.fetchCursor(database, sql: sql)
            let right = try Row.fetchCursor(other.database, sql: sql)
            while true {
                let (a, b) = (try left.next(), try right.next())
                if a == nil, b == nil { break }
                guard let a, let b, Self.areEqual(a, b) else {
                    return "The table \(name) differs from what the log says\(Self.place(a ?? b))."
                }
            }
        }
        return nil
    }

    /// What to compare: keys of rows may differ, what they stand for may not.
    private static let comparedQueries: [(name: String, sql: String)] = {
        var queries: [(String, String)] = Schema.entities.map { entity in
            let columns = entity.fields.map { "t.\"\($0.name)\"" }.joined(separator: ", ")
            return (
                entity.name,
                """
                SELECT t.id, scope.id AS scopeID, t.life, t.createdAt, t.updatedAt, t.cells, \(columns)
                FROM "\(entity.name)" t JOIN scope ON scope.key = t.scope ORDER BY t.id, scope.id
                """
            )
        }
        queries.append(
            (
                "textHistory",
                """
                SELECT record AS id, scope.id AS scopeID, entity, field, history, base
                FROM textHistory JOIN scope ON scope.key = textHistory.scope
                ORDER BY record, scope.id, entity, field
                """
            ))
        queries.append(
            (
                "scope",
                """
                SELECT id, openedEpoch, openedNumber, cursorEpoch, cursorNumber, chain, stateHash
                FROM scope
                -- That somebody has asked for a scope in which there is nothing makes no difference.
                WHERE openedEpoch IS NOT NULL OR chain <> zeroblob(32)
                    OR stateHash <> zeroblob(32)
                ORDER BY id
                """
            ))
        queries.append(
            (
                "section",
                """
                SELECT section.hash AS id, scope.id AS scopeID, device, sequence, epoch, number,
                    admission, released, applied, section.chain, section.stateHash
                FROM section JOIN scope ON scope.key = section.scope
                WHERE epoch IS NOT NULL ORDER BY device, sequence, section.hash
                """
            ))
        queries.append(
            (
                "scopeGrant",
                """
                SELECT member AS id, scope.id AS scopeID, fromEpoch, fromNumber, untilEpoch,
                    untilNumber
                FROM scopeGrant JOIN scope ON scope.key = scopeGrant.scope
                ORDER BY member, scope.id, fromEpoch, fromNumber
                """
            ))
        queries.append(
            (
                "bookingStatus",
                """
                SELECT booking AS id, scope.id AS scopeID, state, slot, start, minutes, move,
                    queue
                FROM bookingStatus JOIN scope ON scope.key = bookingStatus.scope ORDER BY booking
                """
            ))
        queries += [
            ("seat", "SELECT slot AS id, seatNumber, booking FROM seat ORDER BY slot, seatNumber"),
            ("busy", "SELECT person AS id, quantum, slot FROM busy ORDER BY person, quantum"),
            (
                "busyTwice",
                "SELECT person AS id, quantum, slot FROM busyTwice ORDER BY person, quantum, slot"
            ),
            (
                "returned",
                """
                SELECT epoch, number, device, sequence, giver FROM returned ORDER BY epoch, number
                """
            ),
            (
                "waitingAct",
                """
                SELECT record AS id, scope.id AS scopeID, kind, device, epoch, number, giver
                FROM waitingAct JOIN scope ON scope.key = waitingAct.scope ORDER BY record
                """
            ),
            (
                "gathered",
                "SELECT booking AS id, slot, decideAt FROM gathered ORDER BY booking"
            ),
            ("loan", "SELECT slot AS id, mentor, device FROM loan ORDER BY slot"),
            ("ruled", "SELECT act AS id FROM ruled ORDER BY act"),
            ("session", "SELECT booking AS id, mentor FROM session ORDER BY booking"),
            ("rating", "SELECT booking AS id, mentor, rating FROM rating ORDER BY booking"),
            ("membership", "SELECT member AS id, epoch, number FROM membership ORDER BY member"),
            ("redemption", "SELECT invitation AS id, device FROM redemption ORDER BY invitation"),
            (
                "hubDevice",
                "SELECT record AS id, device, member FROM hubDevice ORDER BY record"
            ),
            (
                "deviceKey",
                "SELECT key AS id, device, member, certificate FROM deviceKey ORDER BY device"
            ),
            (
                "deviceProgress",
                """
                SELECT scope.id, device, lastNumber, lastTime
                FROM deviceProgress JOIN scope ON scope.key = deviceProgress.scope
                ORDER BY device, scope.id
                """
            ),
        ]
        return queries
    }()

    private static func areEqual(_ left: Row, _ right: Row) -> Bool {
        left.count == right.count
            && (0..<left.count).allSatisfy {
                (left[$0] as DatabaseValue) == (right[$0] as DatabaseValue)
            }
    }

    /// Names a row by its id, which tells nothing of its content.
    private static func place(_ row: Row?) -> String {
        guard let row, case .blob(let id) = (row[0] as DatabaseValue).storage else { return "" }
        return " at " + [UInt8](id).hexadecimal
    }
}

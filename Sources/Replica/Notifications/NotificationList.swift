import Foundation
import GRDB
package import Model

/// Something that the replica's member has to know.
package struct MemberNotification: Sendable {
    package let id: NotificationID
    package let kind: NotificationKind
    /// What changed: a task, a booking's verdict, a mentorship. Of a conflict, the record.
    package let record: RecordID
    package let entity: EntityID
    package let field: FieldID
    package let scope: Scope
    /// Who did it; nil for the hub, and while their device is not known here.
    package let author: MemberID?
    package let at: EffectiveTime
    package let isRead: Bool
    /// The conflict that it is about.
    package let conflict: RecordConflict?
}

extension ReplicaReader {
    /// What the member has to know and still holds, the newest first; with `includesRead` what they
    /// have read, too.
    package func notifications(includesRead: Bool = false) throws -> [MemberNotification] {
        let read = try readNotifications()
        let noted = try notedRows().compactMap { row -> MemberNotification? in
            let (id, isRead) = try standing(of: row, read)
            guard includesRead || !isRead else { return nil }
            return try notification(row, id, isRead: isRead)
        }
        let all = try noted + conflictNotifications(read, includesRead: includesRead)
        return all.sorted { left, right in
            left.at != right.at
                ? left.at > right.at
                : right.id.bytes.lexicographicallyPrecedes(left.id.bytes)
        }
    }

    /// The names of what the member has to know and has not read.
    package func unreadNotifications() throws -> Set<NotificationID> {
        let read = try readNotifications()
        var unread = Set(try conflictNotifications(read, includesRead: false).map(\.id))
        for row in try notedRows() {
            let (id, isRead) = try standing(of: row, read)
            if !isRead { unread.insert(id) }
        }
        return unread
    }

    private func notedRows() throws -> [Row] {
        try store.flush()
        return try Row.fetchAll(
            store.database.cachedStatement(
                sql: """
                    SELECT scope, device, number, kind, record, entity, field, at
                    FROM notification AS n WHERE \(NotificationTable.holdsSQL(in: "notification"))
                    """))
    }

    private func standing(
        of row: Row, _ read: Set<String>
    ) throws -> (NotificationID, isRead: Bool) {
        let id = NotificationID(
            scope: try store.scope(key: row[0]).scope, device: DeviceID(column: row[1]),
            number: UInt64(bitPattern: row[2]))
        return (id, read.contains(id.text))
    }

    private func notification(
        _ row: Row, _ id: NotificationID, isRead: Bool
    ) throws -> MemberNotification? {
        guard let kind = NotificationKind(rawValue: row[3]),
            let record = RecordID(bytes: row[4] as Data)
        else { return nil }
        return MemberNotification(
            id: id, kind: kind, record: record, entity: EntityID(UInt32(row[5] as Int64)),
            field: FieldID(UInt32(row[6] as Int64)), scope: try store.scope(key: row[0]).scope,
            author: try store.member(of: DeviceID(column: row[1])),
            at: EffectiveTime(milliseconds: row[7]), isRead: isRead, conflict: nil)
    }

    /// Conflicts that the member may settle, of what they wrote or made: until they are resolved.
    private func conflictNotifications(
        _ read: Set<String>, includesRead: Bool
    ) throws -> [MemberNotification] {
        try conflictsToSettle().compactMap { conflict in
            let isOwn =
                try author(of: conflict.record) == identity.member
                || !conflict.candidates(by: identity.member).isEmpty
            let id = NotificationID(conflict: conflict.id, rivals: conflict.rivals)
            let isRead = read.contains(id.text)
            guard isOwn, includesRead || !isRead else { return nil }
            let others = conflict.candidates(notBy: identity.member)
            return MemberNotification(
                id: id, kind: .conflict, record: conflict.record, entity: conflict.entity,
                field: conflict.field, scope: conflict.scope,
                author: others.max { $0.at < $1.at }?.author,
                at: conflict.candidates.map(\.at).max() ?? .earliest, isRead: isRead,
                conflict: conflict)
        }
    }

    /// What was read on any laptop of the member, in the text form of its names.
    private func readNotifications() throws -> Set<String> {
        guard let row = try store.existingScope(.own(identity.member)) else { return [] }
        try store.flush(Schema.readMark.id)
        return try Set(
            String.fetchCursor(
                store.database.cachedStatement(
                    sql: """
                        SELECT item.value FROM readMark, json_each(readMark.notifications) AS item
                        WHERE readMark.scope = ? AND readMark.life = 0
                        """),
                arguments: [row.key]))
    }
}

extension Action {
    /// As many names as a mark holds; what is more goes into further ones.
    private static let marksMax = Limits.listItemsMax

    /// Marks notifications as read, on all laptops of the member. To have read something is no deed
    /// that could be undone: what was done before still can.
    package mutating func markRead(_ ids: [NotificationID]) throws {
        leavesUndo = true
        var rest = ids[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.marksMax)
            rest = rest.dropFirst(part.count)
            try create(
                Schema.readMark, in: .own(identity.member),
                values: [
                    Fields.ReadMark.notifications: .list(part.map { .bytes($0.bytes) })
                ])
        }
    }
}

import GRDB
import Model
import Wire

/// Notes in one transaction what this replica's member has to know of what others did; see
/// `protocol/notifications.md`.
struct NotificationNoting {
    private let store: StoreTransaction
    private let identity: Identity
    private let facts: TableFacts
    private let hubDevice: DeviceID
    private let insert: DirectStatement
    /// What the hub had received before this is no news; nil until the replica has been whole.
    private let newsSince: HubTime?

    init(_ store: StoreTransaction, _ identity: Identity) throws {
        self.store = store
        self.identity = identity
        facts = TableFacts(store, selfKnowledge: (identity.member, identity.role))
        hubDevice = DeviceID(identity.hubKey)
        insert = try DirectStatement(store.database, sql: NotificationTable.insertSQL)
        newsSince = try store.meta.integer(.newsSince).map { HubTime(milliseconds: $0) }
    }

    /// Whether what the hub received then is news; what it has not received is, if anything is.
    func isNews(_ receipt: HubTime?) -> Bool {
        newsSince.map { since in receipt.map { $0 >= since } ?? true } ?? false
    }

    /// Notes what the member has to know of a change set, given as it stands in the section and as
    /// it is placed. Returns how much of it was not noted before.
    func note(_ changes: [Change], _ placed: [PlacedChange], in row: ScopeRow) throws -> Int {
        guard let first = placed.first, NotificationRule.mayTell(changes, in: row.scope) else {
            return 0
        }
        let author = try store.member(of: first.device)
        guard author != identity.member else { return 0 }
        var count = 0
        let notices = try NotificationRule.notices(
            of: changes, in: row.scope, by: author, facts: facts)
        for notice in notices {
            guard try concerns(notice.audience), placed.indices.contains(notice.index),
                try !isOfThisLaptop(changes[notice.index], among: changes)
            else { continue }
            count += try write(notice.kind, placed[notice.index], in: row)
        }
        return count
    }

    private func write(
        _ kind: NotificationKind, _ placed: PlacedChange, in row: ScopeRow
    ) throws -> Int {
        insert.bind(row.key)
        insert.bind(placed.device.column)
        insert.bind(Int64(bitPattern: placed.number))
        insert.bind(kind.rawValue)
        insert.bind(placed.change.record)
        insert.bind(Int64(placed.change.entity.rawValue))
        insert.bind(Int64(placed.change.field.rawValue))
        insert.bind(placed.time.milliseconds)
        try insert.run()
        guard store.database.changesCount == 0 else { return 1 }
        // It came by bundle before; the hub knows better when it was.
        try store.database.cachedStatement(
            sql: "UPDATE notification SET at = ? WHERE scope = ? AND device = ? AND number = ?"
        ).execute(arguments: [
            placed.time.milliseconds, row.key, placed.device.column,
            Int64(bitPattern: placed.number),
        ])
        return 0
    }

    private func concerns(_ audience: Notice.Audience) throws -> Bool {
        switch audience {
        case .member(let member): member == identity.member
        case .mentors:
            // A mentor who reads the scope is one of its participant; the mentorship itself may
            // come with a later scope of the same page.
            try facts.role(of: identity.member) == .mentor
        case .admins: try facts.role(of: identity.member) == .admin
        }
    }

    /// A laptop that got a new key need not be told of itself.
    private func isOfThisLaptop(_ change: Change, among changes: [Change]) throws -> Bool {
        guard change.entity == Schema.device.id, change.operation == .create,
            let own = try store.certificate(of: identity.device)
        else { return false }
        return changes.contains {
            $0.record == change.record && $0.field == Fields.Device.certificate
                && $0.operation == .set(.bytes(own))
        }
    }
}

extension StoreTransaction {
    /// Forgets that something was to be known: it is not, or was refused.
    func deleteNotifications(
        of device: DeviceID, numbers: ClosedRange<UInt64>, in row: ScopeRow
    ) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM notification
                WHERE scope = ? AND device = ? AND number BETWEEN ? AND ?
                """
        ).execute(arguments: [
            row.key, device.column, Int64(bitPattern: numbers.lowerBound),
            Int64(bitPattern: numbers.upperBound),
        ])
    }

    /// Forgets the oldest ones beyond those that are kept; nothing until there are a tenth more.
    func forgetOldNotifications() throws {
        let kept = Limits.notificationsKept
        let count =
            try Int.fetchOne(
                database.cachedStatement(sql: "SELECT count(*) FROM notification")) ?? 0
        guard count > kept + kept / 10 else { return }
        try database.cachedStatement(
            sql: """
                DELETE FROM notification WHERE (at, scope, device, number) < (
                    SELECT at, scope, device, number FROM notification
                    ORDER BY at DESC, scope DESC, device DESC, number DESC LIMIT 1 OFFSET ?)
                """
        ).execute(arguments: [kept - 1])
    }

    /// Forgets all that was to be known of a scope that leaves.
    func deleteNotifications(in row: ScopeRow) throws {
        for table in ["notification", "reminder"] {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE scope = ?", arguments: [row.key])
        }
    }

    /// Notes up to where what the hub received is known, once nothing more is to come.
    func noteNewsKnown(upTo receipt: HubTime?) throws {
        guard let before = try meta.integer(.newsSince) else {
            let latest = try Int64.fetchOne(database, sql: "SELECT max(receipt) FROM batch")
            return try meta.set(.newsSince, integer: latest ?? 0)
        }
        guard let receipt, receipt.milliseconds > before else { return }
        try meta.set(.newsSince, integer: receipt.milliseconds)
    }
}

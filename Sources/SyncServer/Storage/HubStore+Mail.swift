import Foundation
import GRDB
import Model
import Replica

/// What is to be told by mail, and how the hub sends it. Nothing of a mail's words is kept.
extension HubStore {
    static let createMailSQL = """
        -- What a member is to be told by mail: which change of whom.
        CREATE TABLE mailNotice (
            member BLOB NOT NULL CHECK (length(member) = 16),
            scope INTEGER NOT NULL REFERENCES scope (key),
            device INTEGER NOT NULL, number INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            record BLOB NOT NULL CHECK (length(record) = 16),
            entity INTEGER NOT NULL, field INTEGER NOT NULL,
            -- When the hub had received it, and when it was gathered.
            at INTEGER NOT NULL, gatheredAt INTEGER NOT NULL,
            PRIMARY KEY (member, scope, device, number)
        ) STRICT, WITHOUT ROWID;

        -- How mails to a member went.
        CREATE TABLE mailState (
            member BLOB PRIMARY KEY CHECK (length(member) = 16),
            sentAt INTEGER,
            -- How often in a row the mail that waits was not taken, and when to try again.
            attempts INTEGER NOT NULL DEFAULT 0, retryAt INTEGER,
            -- What was said the last time that one was not taken.
            failure TEXT, failedAt INTEGER
        ) STRICT, WITHOUT ROWID;
        """

    /// How the hub sends mail.
    struct MailConfiguration: Hashable {
        let from: MailAddress
        /// The path of the `sendmail` command.
        let program: String
    }

    /// Nil while the hub sends none.
    func mailConfiguration() throws -> MailConfiguration? {
        guard let from = try hubMeta.text(.mailFrom).flatMap({ MailAddress($0) }),
            let program = try hubMeta.text(.mailProgram)
        else { return nil }
        return MailConfiguration(from: from, program: program)
    }

    /// Begins to send mail, or ends it: of what was before, nothing is told.
    func set(mail configuration: MailConfiguration?) throws {
        let isOn = try mailConfiguration() != nil
        try hubMeta.set(.mailFrom, text: configuration?.from.text)
        try hubMeta.set(.mailProgram, text: configuration?.program)
        if configuration == nil || !isOn { try beginMailAnew() }
    }

    /// Forgets what waits to be told, and goes on from the head of the log.
    func beginMailAnew() throws {
        try database.execute(sql: "DELETE FROM mailNotice")
        try database.execute(sql: "DELETE FROM mailState")
        try set(mailPosition: head())
    }

    /// Up to where the log was read for mails.
    func mailPosition() throws -> Position {
        Position(
            epoch: UInt32(try hubMeta.integer(.mailEpoch) ?? 0),
            number: UInt64(try hubMeta.integer(.mailNumber) ?? 0))
    }

    func set(mailPosition position: Position) throws {
        try hubMeta.set(.mailEpoch, integer: position.columns.epoch)
        try hubMeta.set(.mailNumber, integer: position.columns.number)
    }

    // MARK: Gathering

    /// Batches that were admitted after a position, ascending; what came back to a hub that was set
    /// back stands where it was admitted first, and is not among them.
    func batches(after position: Position, limit: Int) throws -> [StoreTransaction.LoggedBatch] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT device, sequence FROM batch WHERE state = 1 AND (epoch, number) > (?, ?)
                    ORDER BY epoch, number LIMIT ?
                    """),
            arguments: [position.columns.epoch, position.columns.number, limit]
        ).compactMap {
            try tables.batch(
                device: DeviceID(column: $0[0]), sequence: UInt64(bitPattern: $0[1]))
        }
    }

    func currentMentors(of participant: MemberID) throws -> [MemberID] {
        try tables.flush()
        return try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT DISTINCT mentor FROM mentorship
                    WHERE participant = ? AND life = 0 AND coalesce(ended, 0) = 0
                    """), arguments: [Data(participant.bytes)]
        ).compactMap { MemberID(bytes: $0) }
    }

    /// That a member is to be told of a change.
    struct MailNotice: Hashable {
        let member: MemberID
        let scope: Int64
        let device: DeviceID
        let number: UInt64
        let kind: NotificationKind
        let change: Change
        let at: Int64
    }

    func insert(_ notice: MailNotice, gatheredAt now: HubTime) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO mailNotice (member, scope, device, number, kind, record, entity, field,
                    at, gatheredAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            Data(notice.member.bytes), notice.scope, notice.device.column,
            Int64(bitPattern: notice.number), notice.kind.rawValue,
            Data(notice.change.record.bytes), Int64(notice.change.entity.rawValue),
            Int64(notice.change.field.rawValue), notice.at, now.milliseconds,
        ])
    }

    // MARK: Sending

    /// A member for whom something waits, and what says when they get it.
    struct MailWaiting {
        let member: MemberID
        /// When the first of it was gathered.
        let first: Int64
        let email: String?
        let settings: NotificationSettings
        /// That of their profile; the hub does not know where a laptop is.
        let timeZone: TimeZone
        /// When to try again what was not taken.
        let retryAt: Int64?
    }

    /// Members for whom something waits, those who wait longest first.
    func mailsWaiting() throws -> [MailWaiting] {
        try tables.flush()
        return try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT notice.member, notice.first, contact.email, profile.timeZone,
                        mailState.retryAt, settings.mail, settings.mailAt, settings.quietFrom,
                        settings.quietUntil
                    FROM (SELECT member, min(gatheredAt) AS first FROM mailNotice GROUP BY member)
                        AS notice
                    LEFT JOIN profile ON profile.id = notice.member
                    LEFT JOIN contact ON contact.id = notice.member
                    LEFT JOIN settings ON settings.id = notice.member AND settings.life = 0
                    LEFT JOIN mailState ON mailState.member = notice.member
                    GROUP BY notice.member ORDER BY notice.first, notice.member
                    """)
        ).compactMap { row in
            guard let member = MemberID(bytes: row[0] as Data) else { return nil }
            let fields = [
                Fields.Settings.mail, Fields.Settings.mailAt, Fields.Settings.quietFrom,
                Fields.Settings.quietUntil,
            ]
            var values = FieldValues()
            for (index, field) in fields.enumerated() {
                values[field] = (row[5 + index] as Int64?).map { .integer($0) }
            }
            return MailWaiting(
                member: member, first: row[1], email: row[2],
                settings: NotificationSettings(values),
                timeZone: (row[3] as String?).flatMap(TimeZone.init(identifier:)) ?? .gmt,
                retryAt: row[4])
        }
    }

    /// What waits for a member and still holds, the earliest first: what was taken back since, and
    /// what they have read on a laptop, is left out.
    func mailNotices(for member: MemberID) throws -> [MailNotice] {
        try tables.flush()
        let read = try Set(
            String.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT item.value FROM readMark, json_each(readMark.notifications) AS item
                        JOIN scope ON scope.key = readMark.scope
                        WHERE scope.id = ? AND readMark.life = 0
                        """), arguments: [Data(Scope.own(member).bytes)]))
        return try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT scope, device, number, kind, record, entity, field, at
                    FROM mailNotice AS n
                    WHERE member = ? AND \(NotificationTable.holdsSQL(in: "mailNotice"))
                    ORDER BY at, scope, device, number
                    """), arguments: [Data(member.bytes)]
        ).compactMap { row in
            let device = DeviceID(column: row[1])
            let number = UInt64(bitPattern: row[2])
            let id = NotificationID(
                scope: try tables.scope(key: row[0]).scope, device: device, number: number)
            guard !read.contains(id.text), let kind = NotificationKind(rawValue: row[3]),
                let record = RecordID(bytes: row[4] as Data)
            else { return nil }
            return MailNotice(
                member: member, scope: row[0], device: device, number: number, kind: kind,
                change: Change(
                    record: record, entity: EntityID(UInt32(row[5] as Int64)),
                    field: FieldID(UInt32(row[6] as Int64)), operation: .create),
                at: row[7])
        }
    }

    /// Nothing waits any more of what was gathered for a member up to a moment.
    func deleteMailNotices(for member: MemberID, gatheredUpTo limit: Int64) throws {
        try database.execute(
            sql: "DELETE FROM mailNotice WHERE member = ? AND gatheredAt <= ?",
            arguments: [Data(member.bytes), limit])
    }

    /// How mails to a member went.
    struct MailState: Hashable {
        let member: MemberID
        var sentAt: Int64?
        var attempts = 0
        var retryAt: Int64?
        var failure: String?
        var failedAt: Int64?

        init(member: MemberID) { self.member = member }
    }

    func mailState(of member: MemberID) throws -> MailState {
        try mailStates(where: "member = ?", [Data(member.bytes)]).first
            ?? MailState(member: member)
    }

    func mailStates() throws -> [MailState] { try mailStates(where: "1", []) }

    private func mailStates(
        where condition: String, _ arguments: StatementArguments
    ) throws -> [MailState] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT member, sentAt, attempts, retryAt, failure, failedAt FROM mailState
                WHERE \(condition) ORDER BY member
                """, arguments: arguments
        ).compactMap { row in
            guard let member = MemberID(bytes: row[0] as Data) else { return nil }
            var state = MailState(member: member)
            state.sentAt = row[1]
            state.attempts = row[2]
            state.retryAt = row[3]
            state.failure = row[4]
            state.failedAt = row[5]
            return state
        }
    }

    func update(_ state: MailState) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO mailState (member, sentAt, attempts, retryAt, failure, failedAt)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (member) DO UPDATE SET sentAt = excluded.sentAt,
                    attempts = excluded.attempts, retryAt = excluded.retryAt,
                    failure = excluded.failure, failedAt = excluded.failedAt
                """
        ).execute(arguments: [
            Data(state.member.bytes), state.sentAt, state.attempts, state.retryAt, state.failure,
            state.failedAt,
        ])
    }

    // MARK: People

    func name(of member: MemberID) throws -> String? {
        try text("SELECT name FROM profile WHERE id = ?", member)
    }

    private func text(_ sql: String, _ member: MemberID) throws -> String? {
        try tables.flush()
        let row = try Row.fetchOne(
            database.cachedStatement(sql: sql), arguments: [Data(member.bytes)])
        return row?[0]
    }

    /// When the slot begins for which a booking asked, whatever became of it.
    func requestedStart(of booking: RecordID) throws -> Int64? {
        try tables.flush()
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT slot.start FROM booking JOIN slot ON slot.id = booking.slot
                    WHERE booking.id = ?
                    """), arguments: [Data(booking.bytes)])
        return row?[0]
    }
}

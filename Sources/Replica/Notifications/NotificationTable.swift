import GRDB
import Model

/// What this replica's member has to know: which change of whom, and of which kind it is. What it
/// says is made of the rows as they are when it is read; nothing of it is kept here.
package enum NotificationTable {
    static let createSQL = """
        CREATE TABLE IF NOT EXISTS notification (
            scope INTEGER NOT NULL REFERENCES scope (key),
            -- The change: who made it, and as which of theirs in the scope.
            device INTEGER NOT NULL, number INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            record BLOB NOT NULL CHECK (length(record) = 16),
            entity INTEGER NOT NULL, field INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (scope, device, number)
        ) STRICT, WITHOUT ROWID;

        -- Of which meetings and tasks the member was reminded.
        CREATE TABLE IF NOT EXISTS reminder (
            scope INTEGER NOT NULL REFERENCES scope (key),
            record BLOB NOT NULL CHECK (length(record) = 16),
            -- The moment of which it reminds, and how many minutes before it.
            at INTEGER NOT NULL, minutes INTEGER NOT NULL,
            PRIMARY KEY (record, at, minutes)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS reminderByScope ON reminder (scope);
        """

    static let reorderRemindersSQL = """
        ALTER TABLE reminder RENAME TO oldReminder;
        CREATE TABLE reminder (
            record BLOB NOT NULL CHECK (length(record) = 16),
            -- The moment of which it reminds, and how many minutes before it.
            at INTEGER NOT NULL, minutes INTEGER NOT NULL,
            scope INTEGER NOT NULL REFERENCES scope (key),
            PRIMARY KEY (record, at, minutes)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO reminder (record, at, minutes, scope)
            SELECT record, at, minutes, scope FROM oldReminder;
        DROP TABLE oldReminder;
        CREATE INDEX reminderByScope ON reminder (scope);
        """

    /// A replica of before has what the hub had received until its last sync.
    static let beginSQL = """
        INSERT INTO meta (name, integer) SELECT 'newsSince', (SELECT max(receipt) FROM batch)
        WHERE EXISTS (SELECT 1 FROM batch WHERE receipt IS NOT NULL)
            AND EXISTS (SELECT 1 FROM meta WHERE name = 'incomplete' AND integer = 0)
        ON CONFLICT DO NOTHING
        """

    static let insertSQL = """
        INSERT INTO notification (scope, device, number, kind, record, entity, field, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """

    /// Whether what is told still holds: the record is there, nobody has taken back what was done to
    /// it, and of a member's role and state it is the latest. An erasure holds for ever. For a query of
    /// `table AS n`.
    package static func holdsSQL(in table: String) -> String {
        """
        CASE WHEN n.kind = \(kind(.erased)) THEN 1 ELSE CASE n.entity
        WHEN \(Schema.task.id.rawValue) THEN EXISTS (SELECT 1 FROM task AS r WHERE \(isLive)
            AND CASE n.kind
                WHEN \(kind(.taskSubmitted)) THEN r.status = \(status(.submitted))
                WHEN \(kind(.taskDone)) THEN r.status = \(status(.done))
                WHEN \(kind(.taskReopened)) THEN r.status = \(status(.open))
                ELSE 1 END)
        WHEN \(Schema.booking.id.rawValue) THEN EXISTS (
            SELECT 1 FROM booking AS r WHERE \(isLive))
            AND NOT EXISTS (SELECT 1 FROM bookingVerdict AS v WHERE v.booking = n.record
                AND v.scope = n.scope AND v.state = \(BookingState.refused.rawValue))
        WHEN \(Schema.bookingAct.id.rawValue) THEN EXISTS (
            SELECT 1 FROM bookingAct AS r WHERE \(isLive)
            AND NOT EXISTS (SELECT 1 FROM bookingVerdict AS v WHERE v.booking = r.booking
                AND v.scope = n.scope AND v.act = r.id AND v.reason IS NOT NULL))
        WHEN \(Schema.mentorship.id.rawValue) THEN EXISTS (
            SELECT 1 FROM mentorship AS r WHERE \(isLive)
            AND (n.field = 0 OR r.ended = 1))
        WHEN \(Schema.device.id.rawValue) THEN EXISTS (
            SELECT 1 FROM device AS r WHERE \(isLive))
        WHEN \(Schema.profile.id.rawValue) THEN EXISTS (
            SELECT 1 FROM profile AS r WHERE \(isLive))
            AND NOT EXISTS (SELECT 1 FROM \(table) AS later WHERE later.record = n.record
                AND later.entity = n.entity AND later.field = n.field
                AND (later.at, later.device, later.number) > (n.at, n.device, n.number))
        WHEN \(Schema.invitation.id.rawValue) THEN EXISTS (
            SELECT 1 FROM invitation AS r WHERE \(isLive))
        WHEN \(Schema.openRequest.id.rawValue) THEN EXISTS (
            SELECT 1 FROM openRequest AS r WHERE \(isLive))
        WHEN \(Schema.bookingVerdict.id.rawValue) THEN EXISTS (
            SELECT 1 FROM bookingVerdict AS r WHERE \(isLive)
            AND (r.act IS NOT NULL AND r.act <> r.booking AND r.reason IS NOT NULL
                OR NOT EXISTS (SELECT 1 FROM bookingVerdict AS v
                    WHERE v.booking = r.booking AND v.scope = r.scope AND v.life = 0
                        AND (v.at, v.id) > (r.at, r.id) AND v.state <> r.state
                        AND (v.reason IS NULL OR v.act IS NULL OR v.act = v.booking))))
        WHEN \(Schema.feedback.id.rawValue) THEN EXISTS (
            SELECT 1 FROM feedback AS r WHERE \(isLive))
        WHEN \(Schema.taskFeedback.id.rawValue) THEN EXISTS (
            SELECT 1 FROM taskFeedback AS r WHERE \(isLive))
        ELSE 0 END END
        """
    }

    private static let isLive = "r.id = n.record AND r.scope = n.scope AND r.life = 0"

    private static func kind(_ kind: NotificationKind) -> Int64 { kind.rawValue }
    private static func status(_ status: TaskStatus) -> Int64 { status.rawValue }
}

import Foundation
import GRDB
import Model

/// The tables of a replica, made by migrations that are only ever appended to.
enum ReplicaSchema {
    /// Throws for a file that a later version has made, before SQLite opens it: not even what it
    /// writes beside a file may be left there.
    ///
    /// SQLite keeps the program's number in four bytes of the file's head, once it has moved there
    /// from the WAL; until then ``migrate(_:)`` finds it.
    static func requireKnown(fileAt path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        guard let head = try? file.read(upToCount: 100), head.count == 100,
            head.starts(with: Data("SQLite format 3".utf8))
        else { return }
        let version = head[60..<64].reduce(0) { $0 << 8 | Int($1) }
        guard version <= migrations.count else { throw ReplicaError(.newerVersion) }
    }

    /// - Returns: the number of the last migration that the file has.
    /// - Throws: ``ReplicaError`` with `newerVersion` if it has one that this program does not know.
    @discardableResult
    static func requireKnown(_ database: Database) throws -> Int {
        let version =
            try Int.fetchOne(database.cachedStatement(sql: "PRAGMA user_version")) ?? 0
        guard version <= migrations.count else { throw ReplicaError(.newerVersion) }
        return version
    }

    static func migrate(_ writer: any DatabaseWriter) throws {
        let version = try writer.read { try requireKnown($0) }
        guard version < migrations.count else { return }
        try writer.write { database in
            // Read again inside the transaction: another process may have migrated meanwhile.
            let current = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            for (index, migration) in migrations.enumerated() where index >= current {
                try migration(database)
            }
            try database.execute(sql: "PRAGMA user_version = \(migrations.count)")
        }
    }

    private static let migrations: [@Sendable (Database) throws -> Void] = [
        createLog, createRecords, createTail, addRestatements, createHeld, createSnapshots,
        // Schema version 2.
        completeRecords,
        packUndo, CellShortening.run,
        // Schema version 3.
        completeRecords, addEventIndex,
        // Schema version 4.
        completeRecords, addEventKeyIndex,
        addNotifications, addPutBack,
        // Schema version 5.
        completeRecords, addOpenRequestIndex, reorderReminders,
        addRenewal, ForeignTable.addEntity, keepHeldUntilApplied,
        DepartedWork.createReturned,
        RejectedItem.addPlace,
    ]

    private static func createLog(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE meta (
                    name TEXT PRIMARY KEY, integer INTEGER, text TEXT, bytes BLOB
                ) STRICT, WITHOUT ROWID;

                -- One row for each scope that this replica holds or writes to.
                CREATE TABLE scope (
                    key INTEGER PRIMARY KEY,
                    id BLOB NOT NULL UNIQUE,
                    -- 0 level, 1 catching up
                    status INTEGER NOT NULL DEFAULT 0 CHECK (status IN (0, 1)),
                    -- Where its first entry stands; null before.
                    openedEpoch INTEGER, openedNumber INTEGER,
                    -- How far a scope that is catching up has been fetched.
                    cursorEpoch INTEGER NOT NULL DEFAULT 0, cursorNumber INTEGER NOT NULL DEFAULT 0,
                    chain BLOB NOT NULL CHECK (length(chain) = 32),
                    stateHash BLOB NOT NULL CHECK (length(stateHash) = 32),
                    -- Changes in it that this version cannot apply.
                    setAside INTEGER NOT NULL DEFAULT 0
                ) STRICT;

                -- Keys of devices as certified by the hub.
                CREATE TABLE deviceKey (
                    device INTEGER PRIMARY KEY,
                    key BLOB NOT NULL CHECK (length(key) = 32),
                    member BLOB CHECK (length(member) = 16),
                    certificate BLOB
                ) STRICT;

                -- How far each device has come in each scope: last change, last effective time.
                CREATE TABLE deviceProgress (
                    device INTEGER NOT NULL,
                    scope INTEGER NOT NULL,
                    lastNumber INTEGER NOT NULL,
                    lastTime INTEGER NOT NULL,
                    PRIMARY KEY (device, scope)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE batch (
                    device INTEGER NOT NULL,
                    sequence INTEGER NOT NULL,
                    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
                    header BLOB NOT NULL,
                    signature BLOB NOT NULL,
                    -- 0 not sent or not answered, 1 admitted, 2 refused whole, 3 waiting at the hub,
                    -- 4 received by the hub, its decision not fetched yet
                    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
                    epoch INTEGER, number INTEGER, receipt INTEGER,
                    core BLOB, coreSignature BLOB,
                    refusal TEXT,
                    PRIMARY KEY (device, sequence)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX batchByPosition ON batch (epoch, number);

                CREATE TABLE section (
                    key INTEGER PRIMARY KEY,
                    device INTEGER NOT NULL,
                    sequence INTEGER NOT NULL,
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    epoch INTEGER, number INTEGER,
                    hash BLOB NOT NULL CHECK (length(hash) = 32),
                    bytes BLOB NOT NULL,
                    admission BLOB,
                    -- Whether readers other than its author get it.
                    released INTEGER NOT NULL DEFAULT 0,
                    -- Whether its changes are in the tables.
                    applied INTEGER NOT NULL DEFAULT 0,
                    -- The scope's chain and state hash after it; kept by the hub.
                    chain BLOB, stateHash BLOB,
                    UNIQUE (device, sequence, hash)
                ) STRICT;
                CREATE INDEX sectionByPosition ON section (scope, epoch, number);

                -- Changes that are not sealed into a batch yet.
                CREATE TABLE pendingSet (
                    key INTEGER PRIMARY KEY,
                    action INTEGER NOT NULL,
                    claimed INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE pendingPart (
                    "set" INTEGER NOT NULL REFERENCES pendingSet (key),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    firstNumber INTEGER NOT NULL,
                    changeCount INTEGER NOT NULL,
                    changes BLOB NOT NULL,
                    PRIMARY KEY ("set", scope)
                ) STRICT, WITHOUT ROWID;

                -- What the hub refused, kept for its author to read and export.
                CREATE TABLE rejected (
                    id BLOB PRIMARY KEY CHECK (length(id) = 16),
                    record BLOB NOT NULL, entity INTEGER NOT NULL,
                    reason INTEGER NOT NULL,
                    changeCount INTEGER NOT NULL,
                    changes BLOB NOT NULL,
                    at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE conflict (
                    id BLOB PRIMARY KEY CHECK (length(id) = 16),
                    record BLOB NOT NULL, entity INTEGER NOT NULL, scope INTEGER NOT NULL,
                    field INTEGER NOT NULL, kind TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX conflictByRecord ON conflict (record, scope);

                -- The values that the latest action overwrote, so that it can be undone.
                CREATE TABLE undo (
                    record BLOB NOT NULL, entity INTEGER NOT NULL, scope INTEGER NOT NULL,
                    field INTEGER NOT NULL, element BLOB NOT NULL,
                    number INTEGER NOT NULL,
                    operation BLOB NOT NULL, inverse BLOB NOT NULL,
                    PRIMARY KEY (record, scope, field, element)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// What a former device of this laptop wrote and the hub never took in; see ``TailSet``.
    private static func createTail(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE tailSet (
                    key INTEGER PRIMARY KEY,
                    device INTEGER NOT NULL,
                    -- Sets of one group stood in one batch.
                    "group" INTEGER NOT NULL,
                    action INTEGER NOT NULL,
                    claimed INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE tailPart (
                    "set" INTEGER NOT NULL REFERENCES tailSet (key),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    -- What the author had seen, encoded.
                    context BLOB NOT NULL,
                    firstNumber INTEGER NOT NULL,
                    changeCount INTEGER NOT NULL,
                    changes BLOB NOT NULL,
                    PRIMARY KEY ("set", scope)
                ) STRICT, WITHOUT ROWID;
                -- Ids that records of the tail will get.
                CREATE TABLE tailRecord (
                    old BLOB PRIMARY KEY CHECK (length(old) = 16),
                    new BLOB NOT NULL CHECK (length(new) = 16)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// What came by bundle of sections on which the hub has not decided.
    private static func createHeld(_ database: Database) throws {
        try database.execute(sql: HeldSection.createSQL)
    }

    private static func keepHeldUntilApplied(_ database: Database) throws {
        try database.execute(sql: HeldSection.keepUntilAppliedSQL)
    }

    /// Snapshots with which scopes begin; see ``SnapshotRow``.
    private static func createSnapshots(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE snapshot (
                    scope INTEGER PRIMARY KEY REFERENCES scope (key),
                    head BLOB NOT NULL, signature BLOB NOT NULL,
                    -- 0 pieces are missing, 1 all are here, 2 in the tables, without what lies
                    -- behind it
                    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
                    historyEpoch INTEGER NOT NULL DEFAULT 0,
                    historyNumber INTEGER NOT NULL DEFAULT 0,
                    historyChain BLOB NOT NULL DEFAULT (zeroblob(32))
                        CHECK (length(historyChain) = 32)
                ) STRICT;
                CREATE TABLE snapshotPiece (
                    key INTEGER PRIMARY KEY,
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    number INTEGER NOT NULL,
                    bytes BLOB NOT NULL,
                    UNIQUE (scope, number)
                ) STRICT;
                -- The last change of each device in the scope, up to the snapshot.
                CREATE TABLE snapshotDevice (
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    device INTEGER NOT NULL,
                    lastNumber INTEGER NOT NULL,
                    PRIMARY KEY (scope, device)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// The values that the latest action overwrote, packed; see ``UndoRun``.
    private static func packUndo(_ database: Database) throws {
        let steps = try Row.fetchAll(
            database,
            sql: """
                SELECT record, entity, scope, field, element, number, operation, inverse FROM undo
                ORDER BY scope, number
                """
        ).map(UndoStep.init(formerRow:))
        try database.execute(
            sql: """
                DROP TABLE undo;
                CREATE TABLE undo (
                    scope INTEGER NOT NULL,
                    -- Counts the runs of a scope.
                    number INTEGER NOT NULL,
                    steps BLOB NOT NULL,
                    PRIMARY KEY (scope, number)
                ) STRICT, WITHOUT ROWID;
                """)
        var log = UndoLog()
        for step in steps { log.append(step) }
        try StoreTransaction(database).insert(log)
    }

    /// Sections from which texts were erased; see `protocol/erasure.md`.
    private static func addRestatements(_ database: Database) throws {
        try database.execute(
            sql: """
                -- The hub's word for bytes that stand for those that the author had sealed.
                ALTER TABLE section ADD COLUMN restatement BLOB;
                ALTER TABLE section ADD COLUMN restatedEpoch INTEGER;
                ALTER TABLE section ADD COLUMN restatedNumber INTEGER;
                CREATE INDEX sectionByRestatement ON section (restatedEpoch, restatedNumber)
                    WHERE restatement IS NOT NULL;
                """)
    }

    /// Gives files of before what the schema has got since: one such step for each version of it.
    private static func completeRecords(_ database: Database) throws {
        for entity in Schema.entities { try EntityTable(entity).complete(in: database) }
    }

    private static func addEventIndex(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS personalEventByScope ON personalEvent (scope, start)
                """)
    }

    private static func addEventKeyIndex(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS personalEventByImportKey ON personalEvent (importKey)
                    WHERE importKey IS NOT NULL
                """)
    }

    private static func addOpenRequestIndex(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS bookingByOpenRequest ON booking (openRequest)
                    WHERE openRequest IS NOT NULL
                """)
    }

    /// A check of the file takes a column before those of the primary key for one without a value,
    /// in tables without row ids (SQLite until 3.41).
    private static func reorderReminders(_ database: Database) throws {
        try database.execute(sql: NotificationTable.reorderRemindersSQL)
    }

    private static func addNotifications(_ database: Database) throws {
        try database.execute(sql: NotificationTable.createSQL)
        try database.execute(sql: NotificationTable.beginSQL)
    }

    /// Texts that changes of this laptop put back; see ``PutBack``.
    private static func addPutBack(_ database: Database) throws {
        try database.execute(sql: PutBack.createSQL)
    }

    private static func addRenewal(_ database: Database) throws {
        try database.execute(sql: Renewal.createSQL)
    }

    private static func createRecords(_ database: Database) throws {
        for entity in Schema.entities {
            try EntityTable(entity).create(in: database)
        }
        // Records of entities that a later version knows: kept, carried, not shown.
        try database.execute(
            sql: """
                CREATE TABLE foreignRecord (
                    key INTEGER PRIMARY KEY, id BLOB NOT NULL, scope INTEGER NOT NULL,
                    life INTEGER NOT NULL, createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL,
                    cells BLOB NOT NULL, UNIQUE (id, scope)
                ) STRICT;

                -- The history of each text that was edited since it was written; see TextArchive. What
                -- the text says is in its record's row. With edits in it that the hub has not decided
                -- on, `base` is what it says without these.
                CREATE TABLE textHistory (
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    record BLOB NOT NULL CHECK (length(record) = 16),
                    entity INTEGER NOT NULL, field INTEGER NOT NULL,
                    history BLOB NOT NULL,
                    base BLOB,
                    PRIMARY KEY (scope, record, entity, field)
                ) STRICT, WITHOUT ROWID;

                CREATE INDEX taskByScope ON task (scope, life);
                CREATE INDEX journalEntryByDate ON journalEntry (date);
                CREATE INDEX journalEntryByImportKey ON journalEntry (importKey)
                    WHERE importKey IS NOT NULL;
                CREATE INDEX slotByStart ON slot (start);
                CREATE INDEX bookingVerdictByBooking ON bookingVerdict (booking);
                CREATE INDEX bookingActByBooking ON bookingAct (booking);
                CREATE INDEX mentorshipByMentor ON mentorship (mentor, participant);
                CREATE INDEX feedbackByBooking ON feedback (booking);

                -- Words of journal entries. The text itself stays in the entry's row.
                CREATE VIRTUAL TABLE journalSearch USING fts5 (
                    title, body, content = 'journalEntry', content_rowid = 'key',
                    tokenize = 'unicode61 remove_diacritics 2'
                );
                CREATE TRIGGER journalSearchInsert AFTER INSERT ON journalEntry BEGIN
                    INSERT INTO journalSearch (rowid, title, body)
                    VALUES (new.key, new.title, new.body);
                END;
                CREATE TRIGGER journalSearchDelete AFTER DELETE ON journalEntry BEGIN
                    INSERT INTO journalSearch (journalSearch, rowid, title, body)
                    VALUES ('delete', old.key, old.title, old.body);
                END;
                CREATE TRIGGER journalSearchUpdate AFTER UPDATE OF title, body ON journalEntry
                WHEN old.title IS NOT new.title OR old.body IS NOT new.body BEGIN
                    INSERT INTO journalSearch (journalSearch, rowid, title, body)
                    VALUES ('delete', old.key, old.title, old.body);
                    INSERT INTO journalSearch (rowid, title, body)
                    VALUES (new.key, new.title, new.body);
                END;
                """)
    }
}

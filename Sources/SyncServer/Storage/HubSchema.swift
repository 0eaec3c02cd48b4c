import GRDB

/// The hub's own tables, in the same file as the log and the merged records because one
/// transaction writes them all. Migrations are only ever appended to.
///
/// All but `hubMeta`, `nonce`, `parkedBatch`, `recovery`, `givingBack`, `heldWord`, `assumption`,
/// `mailNotice`, `mailState`, kept snapshots and what devices cite follow from the log;
/// `verify` makes them anew and compares.
enum HubSchema {
    static func migrate(_ writer: any DatabaseWriter) throws {
        try writer.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS hubMeta (
                        name TEXT PRIMARY KEY, integer INTEGER, text TEXT, bytes BLOB
                    ) STRICT, WITHOUT ROWID
                    """)
            let meta = HubMeta(database)
            let version = Int(try meta.integer(.schemaVersion) ?? 0)
            guard version <= migrations.count else {
                throw HubError(
                    .newerVersion, "The hub's database was written by a later version.",
                    hint: "Run the version that wrote it, or a newer one.")
            }
            guard version < migrations.count else { return }
            for migration in migrations[version...] { try migration(database) }
            try meta.set(.schemaVersion, integer: Int64(migrations.count))
        }
    }

    private static let migrations: [@Sendable (Database) throws -> Void] = [
        createTables, addRecovery, addSnapshots, addMoves, addSessions, addWindowsAndLoans,
        addReaderIndexes, addMail, letOpenRequestsWait, addHeldWords, addAssumptions,
    ]

    private static func createTables(_ database: Database) throws {
        try database.execute(
            sql: """
                -- When a member was let in: from then on they read what all members read.
                CREATE TABLE membership (
                    member BLOB PRIMARY KEY CHECK (length(member) = 16),
                    epoch INTEGER NOT NULL, number INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;

                -- Who may read which scope, from and until when; scopes of all members not listed.
                CREATE TABLE scopeGrant (
                    member BLOB NOT NULL CHECK (length(member) = 16),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    fromEpoch INTEGER NOT NULL, fromNumber INTEGER NOT NULL,
                    untilEpoch INTEGER, untilNumber INTEGER,
                    PRIMARY KEY (member, scope, fromEpoch, fromNumber)
                ) STRICT, WITHOUT ROWID;

                -- Which device redeemed an invitation; the first one in the hub's order.
                CREATE TABLE redemption (
                    invitation BLOB PRIMARY KEY CHECK (length(invitation) = 16),
                    device INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;

                -- A member's device: its record, and what it last said of itself.
                CREATE TABLE hubDevice (
                    device INTEGER PRIMARY KEY,
                    record BLOB NOT NULL CHECK (length(record) = 16),
                    member BLOB NOT NULL CHECK (length(member) = 16),
                    citedEpoch INTEGER NOT NULL DEFAULT 0, citedNumber INTEGER NOT NULL DEFAULT 0,
                    lastSyncAt INTEGER,
                    challenge BLOB, challengeUntil INTEGER
                ) STRICT;

                -- Nonces seen since the device cited its position, so that no request counts twice.
                CREATE TABLE nonce (
                    device INTEGER NOT NULL, nonce BLOB NOT NULL CHECK (length(nonce) = 16),
                    PRIMARY KEY (device, nonce)
                ) STRICT, WITHOUT ROWID;

                -- Batches of a schema newer than this hub's, until it has been brought up to date.
                CREATE TABLE parkedBatch (
                    device INTEGER NOT NULL, sequence INTEGER NOT NULL,
                    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
                    bytes BLOB NOT NULL,
                    PRIMARY KEY (device, sequence)
                ) STRICT, WITHOUT ROWID;

                -- A seat is taken by this key.
                CREATE TABLE seat (
                    slot BLOB NOT NULL CHECK (length(slot) = 16),
                    seatNumber INTEGER NOT NULL CHECK (seatNumber > 0),
                    booking BLOB NOT NULL UNIQUE CHECK (length(booking) = 16),
                    PRIMARY KEY (slot, seatNumber)
                ) STRICT, WITHOUT ROWID;

                -- A person's time is taken by this key; a group slot enters its mentor once.
                CREATE TABLE busy (
                    person BLOB NOT NULL CHECK (length(person) = 16),
                    quantum INTEGER NOT NULL,
                    slot BLOB NOT NULL CHECK (length(slot) = 16),
                    PRIMARY KEY (person, quantum)
                ) STRICT, WITHOUT ROWID;

                -- What the latest verdict says of a booking.
                CREATE TABLE bookingStatus (
                    booking BLOB PRIMARY KEY CHECK (length(booking) = 16),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    state INTEGER NOT NULL,
                    slot BLOB, start INTEGER, minutes INTEGER
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX bookingStatusByStart ON bookingStatus (state, start);

                -- The requests and acts that were ruled on; each gets one verdict.
                CREATE TABLE ruled (
                    act BLOB PRIMARY KEY CHECK (length(act) = 16)
                ) STRICT, WITHOUT ROWID;

                -- The participant's latest rating of each completed booking.
                CREATE TABLE rating (
                    booking BLOB PRIMARY KEY CHECK (length(booking) = 16),
                    mentor BLOB NOT NULL CHECK (length(mentor) = 16),
                    rating INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX ratingByMentor ON rating (mentor);
                """)
    }

    private static func addSnapshots(_ database: Database) throws {
        try database.execute(
            sql: """
                -- Snapshots of scopes, kept for those who begin with them.
                CREATE TABLE builtSnapshot (
                    key INTEGER PRIMARY KEY,
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    epoch INTEGER NOT NULL, number INTEGER NOT NULL,
                    head BLOB NOT NULL, signature BLOB NOT NULL,
                    pieceCount INTEGER NOT NULL, byteCount INTEGER NOT NULL,
                    UNIQUE (scope, epoch, number)
                ) STRICT;
                CREATE TABLE builtSnapshotPiece (
                    key INTEGER PRIMARY KEY,
                    snapshot INTEGER NOT NULL REFERENCES builtSnapshot (key),
                    number INTEGER NOT NULL,
                    bytes BLOB NOT NULL,
                    UNIQUE (snapshot, number)
                ) STRICT;
                """)
    }

    private static func addMoves(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE bookingStatus ADD COLUMN move BLOB;
                ALTER TABLE bookingStatus ADD COLUMN queue INTEGER;
                CREATE INDEX bookingStatusByQueue ON bookingStatus (slot, queue)
                    WHERE queue IS NOT NULL;
                """)
    }

    /// The completed meetings of mentors, those of before among them.
    private static func addSessions(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE session (
                    booking BLOB PRIMARY KEY CHECK (length(booking) = 16),
                    mentor BLOB NOT NULL CHECK (length(mentor) = 16)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX sessionByMentor ON session (mentor);
                INSERT INTO session
                SELECT booking, substr(scope.id, 2, 16) FROM bookingStatus
                JOIN scope ON scope.key = bookingStatus.scope WHERE state = 7;
                """)
    }

    /// Who reads a scope, and who has gained or lost one lately: for listeners. Whose calendar an
    /// address shows.
    private static func addReaderIndexes(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX scopeGrantByScope ON scopeGrant (scope) WHERE untilNumber IS NULL;
                CREATE INDEX scopeGrantByStart ON scopeGrant (fromEpoch, fromNumber);
                CREATE INDEX scopeGrantByEnd ON scopeGrant (untilEpoch, untilNumber)
                    WHERE untilNumber IS NOT NULL;
                CREATE INDEX calendarAddressBySecret ON calendarAddress (secretHash);
                """)
    }

    private static func addWindowsAndLoans(_ database: Database) throws {
        try database.execute(
            sql: """
                -- Requests that have gathered for a slot and are ruled on together.
                CREATE TABLE gathered (
                    booking BLOB PRIMARY KEY CHECK (length(booking) = 16),
                    slot BLOB NOT NULL CHECK (length(slot) = 16),
                    decideAt INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX gatheredBySlot ON gathered (decideAt, slot);

                -- Slots whose seats one device of their mentor alone gives away.
                CREATE TABLE loan (
                    slot BLOB PRIMARY KEY CHECK (length(slot) = 16),
                    mentor BLOB NOT NULL CHECK (length(mentor) = 16),
                    device INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                """)
    }

    private static func addMail(_ database: Database) throws {
        try database.execute(sql: HubStore.createMailSQL)
    }

    /// Requests to any mentor wait for the end of a recovery, too: kind 3.
    private static func letOpenRequestsWait(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE waitingAct RENAME TO oldWaitingAct;
                CREATE TABLE waitingAct (
                    record BLOB PRIMARY KEY CHECK (length(record) = 16),
                    -- 1 request, 2 act, 3 request to any mentor
                    kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    device INTEGER NOT NULL,
                    epoch INTEGER NOT NULL, number INTEGER NOT NULL,
                    -- The device that gave it back; 0 for one that came in the ordinary way.
                    giver INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                INSERT INTO waitingAct SELECT record, kind, scope, device, epoch, number, giver
                    FROM oldWaitingAct;
                DROP TABLE oldWaitingAct;
                """)
    }

    /// Of what the hub had erased before it was set back, from sections that have not come back yet.
    private static func addHeldWords(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE heldWord (
                    batch BLOB NOT NULL CHECK (length(batch) = 32),
                    section BLOB NOT NULL CHECK (length(section) = 32),
                    restatement BLOB NOT NULL,
                    PRIMARY KEY (batch, section, restatement)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// What the hub had to assume of members of whom it had lost all, and when it last heard of who
    /// gives something back.
    private static func addAssumptions(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE assumption (
                    member BLOB PRIMARY KEY CHECK (length(member) = 16),
                    -- Where the hub said so; what it says elsewhere of role and state counts for more.
                    epoch INTEGER NOT NULL, number INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                ALTER TABLE givingBack ADD COLUMN heardAt INTEGER NOT NULL DEFAULT 0;
                """)
    }

    private static func addRecovery(_ database: Database) throws {
        try database.execute(
            sql: """
                -- Parts of batches that the hub had lost and got back: where they stand now. Their
                -- row in `batch` keeps the position of the admission.
                CREATE TABLE returned (
                    epoch INTEGER NOT NULL, number INTEGER NOT NULL,
                    device INTEGER NOT NULL, sequence INTEGER NOT NULL,
                    -- The device that gave it back.
                    giver INTEGER NOT NULL,
                    PRIMARY KEY (epoch, number)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX returnedByDevice ON returned (device, sequence);

                -- While the hub rules on nothing: from after one position up to another.
                CREATE TABLE recovery (
                    fromEpoch INTEGER NOT NULL, fromNumber INTEGER NOT NULL,
                    untilEpoch INTEGER, untilNumber INTEGER,
                    begunAt INTEGER NOT NULL,
                    PRIMARY KEY (fromEpoch, fromNumber)
                ) STRICT, WITHOUT ROWID;

                -- Requests, acts and feedback on which the hub has not ruled yet, in the order in
                -- which it will: by where they were admitted first.
                CREATE TABLE waitingAct (
                    record BLOB PRIMARY KEY CHECK (length(record) = 16),
                    -- 1 request, 2 act
                    kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
                    scope INTEGER NOT NULL REFERENCES scope (key),
                    device INTEGER NOT NULL,
                    epoch INTEGER NOT NULL, number INTEGER NOT NULL,
                    -- The device that gave it back; 0 for one that came in the ordinary way.
                    giver INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;

                -- Devices that have given something back and have not said that it was all.
                CREATE TABLE givingBack (device INTEGER PRIMARY KEY) STRICT;

                -- Time that was promised twice while the hub lacked one of the verdicts.
                CREATE TABLE busyTwice (
                    person BLOB NOT NULL CHECK (length(person) = 16),
                    quantum INTEGER NOT NULL,
                    slot BLOB NOT NULL CHECK (length(slot) = 16),
                    PRIMARY KEY (person, quantum, slot)
                ) STRICT, WITHOUT ROWID;
                """)
    }
}

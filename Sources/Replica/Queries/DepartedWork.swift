import GRDB
import Model

/// How this laptop's changes stood in scopes that have left the replica, by scope: the account goes
/// on counting them, until the scope comes back and the log counts them again. What was refused counts
/// on here also then.
struct DepartedWork {
    struct Counts: Equatable {
        var inForce = 0
        var superseded = 0
        var merged = 0
        var rejected = 0

        var isEmpty: Bool { self == Counts() }
        /// What the hub had admitted.
        var admitted: Int { inForce + superseded + merged }
    }

    private(set) var byScope: [Int64: Counts] = [:]
    /// Scopes that have left with such changes and are not whole again, or lack some of them.
    private var away: Set<Int64> = []

    init(_ meta: Meta) throws {
        var reader = ByteReader(try meta.bytes(.departedWork) ?? [])
        while !reader.isAtEnd {
            let key = Int64(bitPattern: try reader.varint())
            byScope[key] = Counts(
                inForce: Int(try reader.varint()), superseded: Int(try reader.varint()),
                merged: Int(try reader.varint()), rejected: Int(try reader.varint()))
        }
        guard let bytes = try meta.bytes(.awayScopes) else {
            // In a file of before nothing told which of them are here again.
            away = Set(byScope.keys)
            return
        }
        reader = ByteReader(bytes)
        while !reader.isAtEnd { away.insert(Int64(bitPattern: try reader.varint())) }
    }

    /// Whether a scope has left with changes of this laptop's that have not all come back.
    func isAway(_ scope: Int64) -> Bool { away.contains(scope) }

    private func save(_ meta: Meta) throws {
        var writer = ByteWriter()
        for (key, counts) in byScope.sorted(by: { $0.key < $1.key }) {
            writer.append(varint: UInt64(bitPattern: key))
            for count in [counts.inForce, counts.superseded, counts.merged, counts.rejected] {
                writer.append(varint: UInt64(count))
            }
        }
        try meta.set(.departedWork, bytes: writer.bytes)
        writer = ByteWriter()
        for key in away.sorted() { writer.append(varint: UInt64(bitPattern: key)) }
        try meta.set(.awayScopes, bytes: writer.bytes)
    }

    /// Notes what leaves with a scope.
    mutating func add(_ account: Account, leavingWith scope: Int64, _ meta: Meta) throws {
        var counts = byScope[scope] ?? Counts()
        counts.inForce += account.inForce + account.siblings
        counts.superseded += account.superseded
        counts.merged += account.merged + account.setAside
        // What was not decided on is a rejected item from now on.
        counts.rejected += account.rejected + account.waiting
        guard !counts.isEmpty else { return }
        byScope[scope] = counts
        away.insert(scope)
        try save(meta)
    }

    /// Notes that a scope is whole again: what was admitted has come back with it, and what was refused
    /// together with it. What was refused alone is nobody's to send, and what a hub has lost that was
    /// set back counts on as it stood until somebody brings it.
    mutating func take(_ account: Account, comingBackWith scope: Int64, _ meta: Meta) throws {
        guard away.contains(scope), let counts = byScope.removeValue(forKey: scope) else { return }
        let came =
            account.inForce + account.siblings + account.superseded + account.merged
            + account.setAside
        let left = Counts(
            inForce: max(counts.admitted - came, 0),
            rejected: max(counts.rejected - account.rejected, 0))
        if !left.isEmpty { byScope[scope] = left }
        if left.admitted == 0 { away.remove(scope) }
        try save(meta)
    }

    /// Notes that so many changes have come back to a scope that was whole without them.
    mutating func take(_ changeCount: Int, comingBackTo scope: Int64, _ meta: Meta) throws {
        guard var counts = byScope[scope], counts.inForce > 0 else { return }
        counts.inForce = max(counts.inForce - changeCount, 0)
        byScope[scope] = counts.isEmpty ? nil : counts
        if counts.admitted == 0 { away.remove(scope) }
        try save(meta)
    }

    // MARK: Sections that came back

    /// Sections of this laptop's that left with their scope and have come back, while it is not whole
    /// again. All others of the scope have stayed here or were written since. In files of before all
    /// that had been delivered counts, of whomever it is.
    static func createReturned(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS returnedSection (
                    section INTEGER PRIMARY KEY REFERENCES section (key) ON DELETE CASCADE
                ) STRICT;
                INSERT OR IGNORE INTO returnedSection SELECT section.key FROM scope
                    JOIN section ON section.scope = scope.key AND section.released = 1
                    WHERE scope.status = 1;
                """)
    }
}

extension StoreTransaction {
    /// Notes that a section which left with its scope is here again.
    func noteReturn(ofSection key: Int64) throws {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO returnedSection (section) VALUES (?)"
        ).execute(arguments: [key])
    }

    /// Forgets which sections of a scope came back: it is whole, or leaves again.
    func forgetReturned(in row: ScopeRow) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM returnedSection
                WHERE (SELECT scope FROM section WHERE key = returnedSection.section) = ?
                """
        ).execute(arguments: [row.key])
    }
}

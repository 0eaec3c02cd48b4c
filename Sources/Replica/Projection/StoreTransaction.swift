package import Cryptography
import Foundation
package import GRDB
package import Model

/// One transaction on the tables: scopes, the log and the merged records, with what was read or
/// changed kept in memory until ``flush()``. Laptop and hub run the same code.
///
/// Not Sendable: it lives inside one `write` or `read` of GRDB and dies with it.
package final class StoreTransaction {
    package let database: Database
    package let meta: Meta
    var scopesByID: [Scope: ScopeRow] = [:]
    var scopesByKey: [Int64: ScopeRow] = [:]
    var records: [RecordKey: LoadedRecord] = [:] { didSet { latest = nil } }
    /// The record that was asked for last.
    var latest: LoadedRecord?
    /// Records that changed since the last flush, by entity, so that a query of one table need not
    /// wait for the others.
    var dirtyRecords: [EntityID: [LoadedRecord]] = [:]
    var dirtyCount = 0
    private var statementsByEntity: [EntityID: RecordStatements] = [:]
    /// Records of which nothing can be undone any more; see ``forgetUndo(of:)``.
    var undoneRecords: Set<RecordID> = []
    /// Members by device, known and unknown ones.
    var memberByDevice: [DeviceID: MemberID?] = [:]
    var knownLineage: Lineage?
    /// Answers about members and mentorships, until a record of theirs changes: whoever pushes ten
    /// thousand changes has the same role asked for ten thousand times.
    var knownRoles: [MemberID: Role?] = [:]
    var knownMentorships: [MentorshipPair: Bool] = [:]
    /// Whether there are rejected items, once somebody has asked.
    var hasRejected: Bool?
    /// What stands before the latest erasure and may know it; one batch often erases many records.
    var latestForeknown: ForeknownSections?
    /// Returned changes by scope, once a context has asked for them.
    var returnedByScope: [Int64: [ReturnedRun]] = [:]
    /// Snapshots by scope, and the devices in them, once somebody has asked.
    var knownSnapshots: [Int64: SnapshotRow]?
    var knownSnapshotDevices: [Int64: [DeviceID: UInt64]] = [:]

    package init(_ database: Database) {
        self.database = database
        meta = Meta(database)
    }

    /// Names a record within one scope.
    struct RecordKey: Hashable {
        let record: RecordID
        let entity: EntityID
        let scope: Int64
    }

    struct MentorshipPair: Hashable {
        let mentor: MemberID
        let participant: MemberID
    }

    // MARK: Scopes

    /// The row of a scope, made if it does not exist.
    package func scope(_ scope: Scope) throws -> ScopeRow {
        if let row = try existingScope(scope) { return row }
        let zeros = Data(count: 32)
        try database.cachedStatement(
            sql: "INSERT INTO scope (id, chain, stateHash) VALUES (?, ?, ?)"
        ).execute(arguments: [Data(scope.bytes), zeros, zeros])
        let row = ScopeRow(
            key: database.lastInsertedRowID, scope: scope, status: .level, opened: nil,
            cursor: .start, chain: .zero, stateHash: .zero)
        remember(row)
        return row
    }

    /// The row of a scope, nil if there is none.
    package func existingScope(_ scope: Scope) throws -> ScopeRow? {
        if let row = scopesByID[scope] { return row }
        let row = try Row.fetchOne(
            database.cachedStatement(sql: ScopeRow.selectSQL + " WHERE id = ?"),
            arguments: [Data(scope.bytes)])
        return try row.map { remember(try ScopeRow($0)) }
    }

    /// The row with this key.
    package func scope(key: Int64) throws -> ScopeRow {
        if let row = scopesByKey[key] { return row }
        let row = try Row.fetchOne(
            database.cachedStatement(sql: ScopeRow.selectSQL + " WHERE key = ?"),
            arguments: [key])
        guard let row else { throw ReplicaError(.damaged, "scope") }
        return remember(try ScopeRow(row))
    }

    /// A scope from a row that begins with ``ScopeRow/columnsSQL``, for whoever looks for many.
    package func scope(in row: Row) throws -> ScopeRow {
        if let known = scopesByKey[row[0]] { return known }
        return remember(try ScopeRow(row))
    }

    /// All scopes that have a row.
    package func allScopes() throws -> [ScopeRow] {
        try flush()
        let rows = try Row.fetchAll(
            database.cachedStatement(sql: ScopeRow.selectSQL + " ORDER BY id"))
        return try rows.map { remember(try ScopeRow($0)) }
    }

    /// Stores what was changed in a scope's row.
    package func update(_ row: ScopeRow) throws {
        try database.cachedStatement(
            sql: """
                UPDATE scope SET status = ?, openedEpoch = ?, openedNumber = ?, cursorEpoch = ?,
                    cursorNumber = ?, chain = ?, stateHash = ?, setAside = ? WHERE key = ?
                """
        ).execute(arguments: [
            row.status.rawValue, row.opened.map { Int64($0.epoch) },
            row.opened.map { Int64($0.number) }, Int64(row.cursor.epoch),
            Int64(row.cursor.number), Data(row.chain.bytes), Data(row.stateHash.bytes),
            row.setAside, row.key,
        ])
        remember(row)
    }

    @discardableResult
    private func remember(_ row: ScopeRow) -> ScopeRow {
        scopesByID[row.scope] = row
        scopesByKey[row.key] = row
        return row
    }

    func forget(_ row: ScopeRow) {
        scopesByID[row.scope] = nil
        scopesByKey[row.key] = nil
        forgetFacts()
        records = records.filter { $0.key.scope != row.key }
        for (entity, loaded) in dirtyRecords {
            dirtyRecords[entity] = loaded.filter { $0.scope != row.key }
        }
        dirtyCount = dirtyRecords.values.reduce(0) { $0 + $1.count }
    }

    /// Forgets all that was read, and what is not flushed: the tables were emptied, or what was done
    /// to them was taken back.
    package func forgetWhatWasRead() {
        forgetFacts()
        scopesByID = [:]
        scopesByKey = [:]
        records = [:]
        dirtyRecords = [:]
        dirtyCount = 0
        returnedByScope = [:]
        knownSnapshots = nil
        knownSnapshotDevices = [:]
    }

    func forgetFacts() {
        knownRoles = [:]
        knownMentorships = [:]
    }

    /// The statements for an entity's rows.
    func statements(for entity: EntityID) -> RecordStatements {
        if let known = statementsByEntity[entity] { return known }
        let statements = RecordStatements(entity, database)
        statementsByEntity[entity] = statements
        return statements
    }

    // MARK: Devices

    /// The member whose device this is, nil if unknown or the hub's.
    package func member(of device: DeviceID) throws -> MemberID? {
        if let known = memberByDevice[device] { return known }
        let data =
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT member FROM deviceKey WHERE device = ?"),
                arguments: [device.column])?[0] as Data?
        let member = data.flatMap { MemberID(bytes: $0) }
        memberByDevice[device] = .some(member)
        return member
    }

    /// Notes a device's key, certified by the hub. A second key for one id is impossible: the id is
    /// the key's hash.
    package func learn(
        device: DeviceID, key: PublicKey, member: MemberID?, certificate: [UInt8]?
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO deviceKey (device, key, member, certificate) VALUES (?, ?, ?, ?)
                ON CONFLICT (device) DO UPDATE SET member = excluded.member,
                    certificate = coalesce(excluded.certificate, certificate)
                """
        ).execute(arguments: [
            device.column, Data(key.bytes), member.map { Data($0.bytes) },
            certificate.map { Data($0) },
        ])
        memberByDevice[device] = .some(member)
    }

    /// The certified key of a device, nil if it is unknown.
    package func key(of device: DeviceID) throws -> PublicKey? {
        let data =
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT key FROM deviceKey WHERE device = ?"),
                arguments: [device.column])?[0] as Data?
        return data.flatMap { PublicKey(bytes: [UInt8]($0)) }
    }
}

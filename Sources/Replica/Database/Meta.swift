package import Cryptography
import Foundation
package import GRDB
package import Model

/// Single values of a replica: who it is, where it stands. One row each in `meta`.
package struct Meta {
    private let database: Database

    package enum Name: String {
        case programme, programmeName, hubKey, hubURL, tlsPin
        case member, device, deviceName, role, email, certificate
        /// The invitation that the hub has not redeemed yet, without its secret.
        case pendingToken, pendingBearer
        case positionEpoch, positionNumber
        /// All erasures up to here are known to this replica.
        case erasedEpoch, erasedNumber
        /// Where the epochs of the hub's order begin, as the hub has signed it.
        case epochStarts
        /// What the hub lacks, in which epoch it said so, and up to where it has been given back;
        /// all null while nothing is to be given back.
        case lackingEpoch, lackingNumber, lackingSaidIn, givenBackEpoch, givenBackNumber
        /// Which ``Renewal`` is under way; null while none is.
        case renewal
        /// The last record counter, action, batch sequence and batch id of this device.
        case recordCounter, action, sequence, lastBatch
        /// The last counter of a record that was created on a ``TailSet``.
        case tailCounter
        /// 1 from the first page of the first sync until everything is level.
        case incomplete
        /// The schema that the tables were worked out with.
        case schemaVersion
        /// 1 since a bundle told that there is work of this device that this laptop did not do, until a
        /// sync has seen to it.
        case forked
        /// 1 while a purge has deleted rows but not yet swept the search index and the WAL.
        case purgePending
        /// Words for the latest action, for `undo`.
        case undoAction, undoName
        /// Bytes of changes that wait for a batch.
        case pendingBytes
        /// Changes in scopes that have left this replica, by how they stood.
        case departedInForce, departedSuperseded, departedMerged, departedRejected
        /// The same by scope, see ``DepartedWork``.
        case departedWork
        /// Which of these scopes are not here again with all that had left.
        case awayScopes
        /// See ``CountedWork``.
        case countedWork
        /// When the hub received the latest of what was known as the replica was whole last; null
        /// while it never was.
        case newsSince
        /// Numbers of text events below this may have been used for edits that were refused.
        case textFloor
    }

    package init(_ database: Database) {
        self.database = database
    }

    package func integer(_ name: Name) throws -> Int64? {
        try statement("SELECT integer FROM meta WHERE name = ?", name)
    }

    package func text(_ name: Name) throws -> String? {
        try statement("SELECT text FROM meta WHERE name = ?", name)
    }

    package func bytes(_ name: Name) throws -> [UInt8]? {
        let data: Data? = try statement("SELECT bytes FROM meta WHERE name = ?", name)
        return data.map { [UInt8]($0) }
    }

    package func set(_ name: Name, integer: Int64?) throws {
        try set(name, "integer", integer)
    }

    package func set(_ name: Name, text: String?) throws {
        try set(name, "text", text)
    }

    package func set(_ name: Name, bytes: [UInt8]?) throws {
        try set(name, "bytes", bytes.map { Data($0) })
    }

    /// Adds one and returns the sum; the first answer is 1.
    package func next(_ name: Name) throws -> UInt64 {
        let value = (try integer(name) ?? 0) + 1
        try set(name, integer: value)
        return UInt64(value)
    }

    /// Adds an amount to a count.
    func add(_ amount: Int, to name: Name) throws {
        guard amount != 0 else { return }
        try set(name, integer: (try integer(name) ?? 0) + Int64(amount))
    }

    package func position() throws -> Position { try position(.positionEpoch, .positionNumber) }

    /// Both halves at once: the hub asks for positions several times a request.
    private func position(_ epoch: Name, _ number: Name) throws -> Position {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT (SELECT integer FROM meta WHERE name = ?),
                        (SELECT integer FROM meta WHERE name = ?)
                    """), arguments: [epoch.rawValue, number.rawValue])
        return Position(
            epoch: UInt32(row?[0] as Int64? ?? 0), number: UInt64(row?[1] as Int64? ?? 0))
    }

    package func set(position: Position) throws {
        try set(.positionEpoch, integer: Int64(position.epoch))
        try set(.positionNumber, integer: Int64(position.number))
    }

    /// The key of the programme's hub, nil before it is known.
    package func hubKey() throws -> PublicKey? {
        try bytes(.hubKey).flatMap { PublicKey(bytes: $0) }
    }

    /// Whether something was removed that may still lie in the file, its search index or its WAL.
    package func isPurgePending() throws -> Bool { try sweeping() != .done }

    /// Notes that something was removed for good; ``ReplicaDatabase/sweep(_:isLarge:)`` does the rest.
    package func notePurge() throws { try set(sweeping: .needed) }

    /// How far the sweep after a purge has come.
    enum Sweeping: Int64 {
        case done = 0
        case needed = 1
        /// The file was written anew; what was before stands in the WAL.
        case rewritten = 2
        /// It is being written anew, or the program ended while it was.
        case rewriting = 3
    }

    func sweeping() throws -> Sweeping {
        try integer(.purgePending).map { Sweeping(rawValue: $0) ?? .needed } ?? .done
    }

    func set(sweeping: Sweeping) throws { try set(.purgePending, integer: sweeping.rawValue) }

    /// Goes on to the next stage, unless something else was removed meanwhile.
    func advance(from stage: Sweeping, to next: Sweeping) throws {
        if try sweeping() == stage { try set(sweeping: next) }
    }

    /// All erasures up to here are known, on the hub: have taken something out of the log; the start
    /// while there was none.
    package func erasedUpTo() throws -> Position { try position(.erasedEpoch, .erasedNumber) }

    package func set(erasedUpTo position: Position) throws {
        try set(.erasedEpoch, integer: Int64(position.epoch))
        try set(.erasedNumber, integer: Int64(position.number))
    }

    private func statement<T: DatabaseValueConvertible & StatementColumnConvertible>(
        _ sql: String, _ name: Name
    ) throws -> T? {
        try T.fetchOne(database.cachedStatement(sql: sql), arguments: [name.rawValue])
    }

    private func set(_ name: Name, _ column: String, _ value: (any DatabaseValueConvertible)?)
        throws
    {
        try database.cachedStatement(
            sql: """
                INSERT INTO meta (name, \(column)) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET \(column) = excluded.\(column)
                """
        ).execute(arguments: [name.rawValue, value])
    }
}

import Foundation
import GRDB
import Model

/// Single values that only a hub has. What hub and laptop both have is in Replica's `Meta`.
struct HubMeta {
    enum Name: String {
        case schemaVersion
        /// The latest time the hub has used; its order time never runs back behind it.
        case lastTime
        /// 1 in a copy made by `backup`.
        case isBackup
        case backupMadeAt
        /// What the mark in the folder looked like when this database was last served from it.
        case serveMark
        /// Entries that were given back and could not be taken, because they contradict the log.
        case refusedReturns
        /// Where the latest erasure stands that took something out of the log.
        case erasedEpoch, erasedNumber
        /// 1 while erased texts may still lie in free pages, the search index or the WAL.
        case sweepPending
        /// 1 if a proxy holds the certificate, so that invitations carry no pin.
        case isBehindProxy
    }

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func integer(_ name: Name) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT integer FROM hubMeta WHERE name = ?"),
            arguments: [name.rawValue])
    }

    /// Where the latest erasure stands that took something out of the log; the start without one.
    func lastErasure() throws -> Position {
        Position(
            epoch: UInt32(try integer(.erasedEpoch) ?? 0),
            number: UInt64(try integer(.erasedNumber) ?? 0))
    }

    /// Notes an erasure that took something out of the log.
    func note(erasure position: Position) throws {
        try set(.sweepPending, integer: 1)
        guard try position > lastErasure() else { return }
        try set(.erasedEpoch, integer: Int64(position.epoch))
        try set(.erasedNumber, integer: Int64(position.number))
    }

    func text(_ name: Name) throws -> String? {
        try String.fetchOne(
            database.cachedStatement(sql: "SELECT text FROM hubMeta WHERE name = ?"),
            arguments: [name.rawValue])
    }

    func set(_ name: Name, text: String?) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO hubMeta (name, text) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET text = excluded.text
                """
        ).execute(arguments: [name.rawValue, text])
    }

    func set(_ name: Name, integer: Int64?) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO hubMeta (name, integer) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET integer = excluded.integer
                """
        ).execute(arguments: [name.rawValue, integer])
    }
}

import Foundation
import GRDB

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
        /// 1 if a proxy holds the certificate, so that invitations carry no pin.
        case isBehindProxy
        /// Who sends mail, and the command that it goes out by; null while the hub sends none.
        case mailFrom, mailProgram
        /// Up to where the log was read for mails.
        case mailEpoch, mailNumber
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

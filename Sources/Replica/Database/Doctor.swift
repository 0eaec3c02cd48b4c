import Foundation
import GRDB
import Model

extension Replica {
    /// Checks everything that can be checked without the hub: SQLite's own integrity, every
    /// signature and hash in the log, the chains, and whether the tables are what the log makes
    /// of them. Changes nothing.
    ///
    /// - Parameter progress: called now and then with the number of changes checked so far.
    /// - Returns: what was found.
    /// - Throws: ``ReplicaError`` where the file cannot be read for other reasons than damage.
    package func examine(progress: (Int) -> Void = { _ in }) throws -> DoctorReport {
        let identity = identity
        var report = DoctorReport()
        if let obstacle, obstacle.isAboutKey {
            report.note(.key, obstacle.subject)
        }
        do {
            try writer.read { database in
                try Self.checkFile(database, &report)
                let store = StoreTransaction(database)
                var inspection = LogInspection(store: store, identity: identity)
                try inspection.run(&report)
                try Self.compareTables(store, identity, &report, progress)
                if report.faults.isEmpty, try !store.isCountedWorkRight(identity) {
                    report.note(.table, "account")
                }
            }
            try checkSearchIndex(&report)
        } catch let error as DatabaseError {
            guard ReplicaError.Reason(error) == .damaged else {
                throw ReplicaError(ReplicaError.Reason(error), home)
            }
            report.note(.file, home)
        } catch let error as ReplicaError where error.reason == .damaged {
            report.note(.file, error.subject)
        }
        return report
    }

    /// Makes the tables anew from the log: records, bookkeeping, conflicts, chains, search index.
    /// What was written here and not sent yet is laid over them again. Where the log lacks what
    /// lies behind a snapshot, the bookkeeping stands for it.
    package func rebuild() throws {
        try requireWritable()
        try workOutAnew()
    }

    /// The same, be it in a copy of which nothing stays.
    func workOutAnew() throws {
        let device = identity.device
        try ReplicaError.mapping(path: home) {
            try writer.write { database in
                // First, because deleting rows that a damaged index does not know fails.
                try database.execute(
                    sql: "INSERT INTO journalSearch (journalSearch) VALUES ('rebuild')")
                try Meta(database).set(.countedWork, bytes: nil)
                try StoreTransaction(database).rebuild(device: device)
            }
        }
    }

    private static func checkFile(_ database: Database, _ report: inout DoctorReport) throws {
        let findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(10)")
        if findings != ["ok"] { report.note(.file, "integrity_check") }
        if try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") != nil {
            report.note(.file, "foreign_key_check")
        }
    }

    /// Replays the log into a database in memory and compares.
    private static func compareTables(
        _ store: StoreTransaction, _ identity: Identity, _ report: inout DoctorReport,
        _ progress: (Int) -> Void
    ) throws {
        let fresh = try DatabaseQueue()
        try ReplicaSchema.migrate(fresh)
        let (found, count) = try fresh.write { database in
            let target = StoreTransaction(database)
            let replay = LogReplay(
                from: store, to: target, device: identity.device,
                where: { try !store.lacksHistory($0) })
            let changeCount = try replay.run(progress: progress)
            var comparison = TableComparison(log: target, tables: store)
            try comparison.run()
            return (comparison.faults, changeCount)
        }
        for fault in found { report.note(fault.kind, fault.subject) }
        report.changeCount = count
        for row in try store.allScopes() where try store.lacksHistory(row) {
            report.scopesWithoutHistory += 1
            try CellInspection(store: store, scope: row).examine { report.note($0, $1) }
        }
    }

    private func checkSearchIndex(_ report: inout DoctorReport) throws {
        do {
            try writer.write { database in
                // With rank 1 the index is compared with the rows that it indexes, too.
                try database.execute(
                    sql: """
                        INSERT INTO journalSearch (journalSearch, rank)
                        VALUES ('integrity-check', 1)
                        """)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            report.note(.search, "journalSearch")
        }
    }
}

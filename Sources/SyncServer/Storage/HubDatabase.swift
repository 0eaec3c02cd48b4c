import Foundation
import GRDB
import Replica
import Synchronization

/// The hub's SQLite file: one writer, many readers, one transaction at a time for all tables.
final class HubDatabase: Sendable {
    private let writer: any DatabaseWriter
    /// Told of each commit; nil where nobody serves.
    private let metrics: HubMetrics?
    /// Called after each commit of this process that has written something.
    private let afterCommit = Mutex<(@Sendable () -> Void)?>(nil)

    /// Opens the file, or makes it, and brings its tables up to this version.
    init(path: String, metrics: HubMetrics? = nil) throws {
        self.metrics = metrics
        writer = try ReplicaDatabase.open(path: path, isShared: true)
        try HubSchema.migrate(writer)
    }

    /// Runs the body in one durable transaction; all of it happens, or nothing.
    func write<Result>(_ body: (HubStore) throws -> Result) throws -> Result {
        let (result, isPurgePending) = try timedWrite { database in
            (try body(HubStore(database)), try Meta(database).isPurgePending())
        }
        if isPurgePending { sweep() }
        return result
    }

    /// Runs the body on one consistent state.
    func read<Result>(_ body: (HubStore) throws -> Result) throws -> Result {
        try writer.read { try body(HubStore($0)) }
    }

    /// The same, on one of the database's own threads.
    func readAsync<Result: Sendable>(
        _ body: @escaping @Sendable (HubStore) throws -> Result
    ) async throws -> Result {
        try await writer.read { try body(HubStore($0)) }
    }

    /// Runs the bodies in one durable transaction, each in a savepoint: one that fails takes back
    /// its own changes and nobody else's.
    ///
    /// - Returns: One result for each body, or the same failure for all if nothing became durable.
    func writeEach<Result>(
        _ bodies: [(HubStore) throws -> Result]
    ) -> [Swift.Result<Result, any Error>] {
        do {
            let (results, isPurgePending) = try timedWrite { database in
                let results = try bodies.map { body in
                    var outcome: Swift.Result<Result, any Error>?
                    try database.inSavepoint {
                        do {
                            outcome = .success(try body(HubStore(database)))
                            return .commit
                        } catch {
                            // A full disk or a broken file concerns everybody in the transaction.
                            if (error as? DatabaseError)?.isOfTheWholeFile == true { throw error }
                            outcome = .failure(error)
                            return .rollback
                        }
                    }
                    guard let outcome else { preconditionFailure("A savepoint runs its body.") }
                    return outcome
                }
                return (results, try Meta(database).isPurgePending())
            }
            if isPurgePending { sweep() }
            return results
        } catch {
            return bodies.map { _ in .failure(error) }
        }
    }

    /// Runs the body in one transaction and measures how long it takes to become durable.
    private func timedWrite<Result>(_ body: (Database) throws -> Result) throws -> Result {
        var end: ContinuousClock.Instant?
        let result = try writer.write { database in
            let before = database.totalChangesCount
            let result = try body(database)
            // Where nothing was written, nothing goes to the disk.
            if database.totalChangesCount > before { end = .now }
            return result
        }
        if let end {
            metrics?.noteCommit(.now - end)
            afterCommit.withLock { $0 }?()
        }
        return result
    }

    /// Lets somebody be told after each commit; nil for nobody.
    func whenCommitted(_ body: (@Sendable () -> Void)?) { afterCommit.withLock { $0 = body } }

    /// What cannot be swept now is swept after a later write; what was written is durable anyway.
    private func sweep() { try? ReplicaDatabase.sweep(writer, isLarge: true) }

    /// Copies the whole database while others read and write.
    func backup(to path: String, finish: (HubStore) throws -> Void) throws {
        let copy = try DatabaseQueue(path: path)
        try writer.backup(to: copy)
        // One file: what WAL would leave beside it is part of it.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.write { try finish(HubStore($0)) }
        try copy.close()
    }

    /// Moves everything into the one file and closes it.
    func close() throws {
        try writer.writeWithoutTransaction { _ = try Checkpoints.empty($0) }
        try writer.close()
    }
}

extension DatabaseError {
    fileprivate var isOfTheWholeFile: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_READONLY,
            .SQLITE_BUSY, .SQLITE_NOMEM:
            true
        default: false
        }
    }
}

extension ReplicaError: HubErrorConvertible {
    var hubError: HubError {
        switch reason {
        case .missing: HubError(.notAHub, "There is no hub in \(subject).")
        case .exists: HubError(.alreadyExists, "There is a hub in \(subject) already.")
        case .badKey:
            HubError(
                .damagedHub, "The key file \(subject) is missing or damaged.",
                hint: "Every backup holds it: waymark-hub restore makes a folder with both.")
        case .unreadableKey:
            HubError(
                .fileFailed, "The key file \(subject) cannot be read.",
                hint: "Check who owns it, and that its owner may read it (chmod 600); run "
                    + "waymark-hub as that user.")
        case .diskFull:
            HubError(
                .fileFailed, "The disk is full: \(subject).",
                hint: "Free some space there and try again.")
        case .readOnly:
            HubError(
                .fileFailed, "Nothing can be written to \(subject).",
                hint: Self.unwritableHint)
        case .busy:
            HubError(
                .inUse, "Another program keeps \(subject) locked.", hint: "Try again in a moment.")
        case .newerVersion:
            HubError(
                .newerVersion, "The hub's database was written by a later version.",
                hint: "Run the version that wrote it, or a newer one.")
        case .damaged:
            HubError(
                .damagedHub, "The hub's database is damaged: \(subject).", hint: Self.damageHint)
        default: HubError(.internal, "The hub's database could not be used: \(subject).")
        }
    }

    fileprivate static let unwritableHint =
        "If you may write there, the disk takes no writing, perhaps because it fails: make a backup "
        + "to another disk with waymark-hub backup, and restore it there."
    static let damageHint =
        "Keep the folder, and make the hub anew from a backup with waymark-hub restore; members' "
        + "laptops give back what the backup lacks."
}

extension DatabaseError: HubErrorConvertible {
    var hubError: HubError {
        switch resultCode {
        case .SQLITE_FULL:
            HubError(
                .fileFailed, "The hub's disk is full; nothing was saved.",
                hint: "Free some space and try again.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            HubError(.busy, "The hub's database is busy.", hint: "Try again in a moment.")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_PERM:
            HubError(
                .fileFailed, "The hub's database cannot be written.",
                hint: ReplicaError.unwritableHint)
        default:
            HubError(
                .damagedHub, "The hub's database is damaged (SQLite \(resultCode.rawValue)).",
                hint: ReplicaError.damageHint)
        }
    }
}

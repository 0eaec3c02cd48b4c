import Foundation
import GRDB
package import Model
import Synchronization

/// One device's copy: the member's records, their log, and the changes not yet sent. The façade;
/// the only type most callers need.
///
/// A home folder holds `replica.sqlite` (with its WAL), `device.key` (mode 0600) and
/// `contact.json` (when the hub was last reached; not worth a write to the replica).
package final class Replica: Sendable {
    package let home: String
    let writer: any DatabaseWriter
    private let currentCredentials: Mutex<Credentials>
    /// Why nothing can be written; nil where it can.
    let obstacle: ReplicaError?
    /// See ``Renewal``.
    let renewal = Mutex<Renewal?>(nil)

    init(
        home: String, writer: any DatabaseWriter, credentials: Credentials,
        obstacle: ReplicaError?
    ) {
        self.home = home
        self.writer = writer
        self.obstacle = obstacle
        currentCredentials = Mutex(credentials)
    }

    /// Why it can only be read: the disk is full, or takes no writing, or the key is missing.
    package var readingReason: ReplicaError.Reason? { obstacle?.reason }

    /// Throws why nothing can be written, if so.
    package func requireWritable() throws { if let obstacle { throw obstacle } }

    package var identity: Identity { credentials.identity }
    var credentials: Credentials { currentCredentials.withLock { $0 } }

    /// Reads identity and key again after they changed in the table.
    func refreshCredentials() throws {
        let identity = try writer.read { try Identity(Meta($0)) }
        let fresh = try Credentials(identity: identity, home: home)
        currentCredentials.withLock { $0 = fresh }
    }

    /// Writes in one transaction as the device that the replica is now. A program that has it open
    /// since before another one got it a new key, or updated it, learns of that here, before it signs
    /// or numbers anything.
    func write<T>(_ body: (StoreTransaction, Credentials) throws -> T) throws -> T {
        try requireWritable()
        return try ReplicaError.mapping(path: home) {
            while true {
                let credentials = credentials
                let outcome: [T] = try writer.write { database in
                    try requireKnown(database)
                    let device = try Meta(database).integer(.device)
                    guard device == credentials.identity.device.column else { return [] }
                    let store = StoreTransaction(database)
                    let result = try body(store, credentials)
                    try store.flush()
                    return [result]
                }
                if let result = outcome.first { return result }
                try refreshCredentials()
            }
        }
    }

    package static func exists(at home: String) -> Bool {
        FileManager.default.fileExists(atPath: home + "/replica.sqlite")
    }

    /// Opens the replica in a home folder. Where the folder takes no writing, or the device's key is
    /// missing, it can be read all the same, and what would write throws ``ReplicaError`` with
    /// `readOnly`, `diskFull`, `badKey` or `unreadableKey`.
    ///
    /// - Throws: ``ReplicaError`` with `missing`, `unreadable`, `unfinished`, `damaged`,
    ///   `readOnly`, `diskFull`, `newerVersion`.
    package static func open(at home: String) throws -> Replica {
        let path = home + "/replica.sqlite"
        guard exists(at: home) else {
            // That nobody may look is not the same as that nothing is there.
            var status = stat()
            let isHidden = stat(path, &status) != 0 && ![ENOENT, ENOTDIR].contains(errno)
            throw ReplicaError(isHidden ? .unreadable : .missing, home)
        }
        guard !ReplicaDatabase.isEmptied(path) else { throw withoutIdentity(home, path) }
        var obstacle: ReplicaError?
        let writer: any DatabaseWriter
        do {
            writer = try ReplicaDatabase.open(path: path, isShared: false)
        } catch let error as ReplicaError where [.readOnly, .diskFull].contains(error.reason) {
            guard let copy = try? ReadingCopy.open(path: path) else { throw error }
            writer = copy
            obstacle = error
        }
        return try ReplicaError.mapping(path: path) {
            var writer = writer
            let found = try writer.read { try Identity(stored: Meta($0)) }
            guard let identity = found else { throw withoutIdentity(home, path) }
            let credentials: Credentials
            do {
                credentials = try Credentials(identity: identity, home: home)
            } catch let error as ReplicaError where error.isAboutKey {
                // Nothing can be signed; what was saved is there all the same.
                if obstacle == nil {
                    try writer.close()
                    writer = try ReadingCopy.open(path: path)
                }
                obstacle = error
                credentials = Credentials(ofReader: identity)
            }
            let replica = Replica(
                home: home, writer: writer, credentials: credentials, obstacle: obstacle)
            AtomicFile.removeDrafts(in: home, of: draftedNames)
            try replica.followSchema()
            do {
                try replica.resumePurge()
            } catch let error as ReplicaError where error.reason == .diskFull {
                // The rows are gone, and what lies in the file is swept when there is room again.
            }
            return replica
        }
    }

    /// The files of a home that are written beside their place first.
    private static let draftedNames: Set<String> = [
        "contact.json", "hub.pem", "device.key", "device.key.next",
    ]

    /// What a file that does not say whose it is comes from.
    private static func withoutIdentity(_ home: String, _ path: String) -> ReplicaError {
        HomeRemains(of: home).isUnfinished
            ? ReplicaError(.unfinished, home) : ReplicaError(.damaged, path)
    }

    /// After an update that knows more fields and entities, works the tables out anew from the log,
    /// so that what was only kept and carried until now is applied.
    private func followSchema() throws {
        let stored = try writer.read { try requireKnown($0) }
        let current = Int64(Schema.version)
        guard stored < current else { return }
        try workOutAnew()
        try writer.write { try Meta($0).set(.schemaVersion, integer: current) }
    }

    /// Throws if a program of a later version has the replica in its hands.
    ///
    /// - Returns: the schema for which its tables were worked out.
    @discardableResult
    private func requireKnown(_ database: Database) throws -> Int64 {
        try ReplicaSchema.requireKnown(database)
        let schema = try Meta(database).integer(.schemaVersion) ?? 0
        guard schema <= Int64(Schema.version) else { throw ReplicaError(.newerVersion, home) }
        return schema
    }

    // MARK: Reading and acting

    /// Reads from one consistent state of the replica.
    package func read<T>(_ body: (ReplicaReader) throws -> T) throws -> T {
        let identity = identity
        return try ReplicaError.mapping(path: home) {
            try writer.read { database in
                try body(ReplicaReader(store: StoreTransaction(database), identity: identity))
            }
        }
    }

    /// Does what one command does: all its changes are saved, or none.
    ///
    /// When this returns, the changes are on the disk. The permission check is the hub's, run as a
    /// forecast over what this replica knows.
    ///
    /// - Parameters:
    ///   - name: what the person did, for `undo` to say.
    ///   - now: the device's clock.
    ///   - isUndoable: whether `undo` may invert it.
    ///   - body: collects the changes.
    /// - Returns: what the body returns.
    /// - Throws: ``ReplicaError`` with `refused` if the hub would refuse a change.
    @discardableResult
    package func act<T>(
        _ name: String, at now: ClaimedTime, isUndoable: Bool = true,
        _ body: (inout Action) throws -> T
    ) throws -> T {
        do {
            return try write { store, credentials in
                var action = try Action(store: store, credentials, now: now)
                let result = try body(&action)
                try action.finish(name: name, isUndoable: isUndoable)
                return result
            }
        } catch let error as ReplicaError {
            guard case .refused = error.reason else { throw error }
            throw ReplicaError(error.reason, name)
        }
    }
}

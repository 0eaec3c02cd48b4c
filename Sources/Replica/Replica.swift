package import Cryptography
import Foundation
import GRDB
package import Model
import Synchronization
package import Wire

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
    /// `readOnly`, `diskFull` or `badKey`.
    ///
    /// - Throws: ``ReplicaError`` with `missing`, `unreadable`, `damaged`, `readOnly`, `diskFull`,
    ///   `newerVersion`.
    package static func open(at home: String) throws -> Replica {
        let path = home + "/replica.sqlite"
        guard exists(at: home) else {
            // That nobody may look is not the same as that nothing is there.
            var status = stat()
            let isHidden = stat(path, &status) != 0 && ![ENOENT, ENOTDIR].contains(errno)
            throw ReplicaError(isHidden ? .unreadable : .missing, home)
        }
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
            let identity = try writer.read { try Identity(Meta($0)) }
            let credentials: Credentials
            do {
                credentials = try Credentials(identity: identity, home: home)
            } catch let error as ReplicaError where error.reason == .badKey {
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
            try replica.followSchema()
            do {
                try replica.resumePurge()
            } catch let error as ReplicaError where error.reason == .diskFull {
                // The rows are gone, and what lies in the file is swept when there is room again.
            }
            return replica
        }
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

    /// What a new replica is made from: a checked invitation and what the joiner says of themselves.
    package struct Joining: Sendable {
        package let invitation: InvitationToken
        package let bearer: SigningKey
        package let name: String
        package let deviceName: String
        package let hubURL: String

        /// The bearer key is the one whose public half the invitation names; the address is where
        /// to find the hub, the invitation's unless the joiner knows better.
        package init(
            invitation: InvitationToken, bearer: SigningKey, name: String, deviceName: String,
            hubURL: String
        ) {
            self.invitation = invitation
            self.bearer = bearer
            self.name = name
            self.deviceName = deviceName
            self.hubURL = hubURL
        }
    }

    /// Makes a replica in which the new member can work at once; the hub redeems the invitation
    /// when it is reached.
    package static func create(at home: String, joining: Joining, now: ClaimedTime) throws
        -> Replica
    {
        guard !exists(at: home) else { throw ReplicaError(.exists, home) }
        do {
            try FileManager.default.createDirectory(
                atPath: home, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw ReplicaError(.readOnly, home)
        }
        let keyPath = KeyPaths(home: home).current
        KeyFile.removeStump(keyPath)
        let key: SigningKey
        if FileManager.default.fileExists(atPath: keyPath) {
            // A join that was cut off before its replica was complete.
            key = try KeyFile.read(keyPath)
        } else {
            key = SigningKey()
            try KeyFile.write(key, to: keyPath)
        }
        // The file gets its name when it is whole, so a join that is cut off leaves no half replica.
        let draft = home + "/replica.sqlite.new"
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: draft + suffix)
        }
        let writer = try ReplicaDatabase.open(path: draft, isShared: false)
        try ReplicaError.mapping(path: draft) {
            try writer.write { try fill($0, joining: joining, key: key) }
            try writer.writeWithoutTransaction { _ = try Checkpoints.empty($0) }
        }
        try writer.close()
        guard rename(draft, home + "/replica.sqlite") == 0 else {
            throw ReplicaError(.readOnly, home)
        }
        let replica = try open(at: home)
        if joining.invitation.role != nil {
            try replica.introduce(name: joining.name, at: now)
        }
        return replica
    }

    static func fill(_ database: Database, joining: Joining, key: SigningKey) throws {
        let store = StoreTransaction(database)
        let meta = store.meta
        let invitation = joining.invitation
        let member = invitation.member
        let device = DeviceID(key.publicKey)
        try meta.set(.member, bytes: member.bytes)
        try meta.set(.device, integer: device.column)
        try meta.set(.deviceName, text: joining.deviceName)
        // For a further device the hub says the role when it redeems.
        let issuer = invitation.certificate.flatMap { $0.member == member ? $0.role : nil }
        let role = invitation.role ?? issuer ?? .participant
        try meta.set(.role, integer: role.rawValue)
        try meta.set(.email, text: invitation.email ?? "")
        try meta.set(.programme, bytes: ProgrammeID(hubKey: invitation.hubKey).bytes)
        try meta.set(.programmeName, text: invitation.programmeName)
        try meta.set(.hubKey, bytes: invitation.hubKey.bytes)
        try meta.set(.hubURL, text: joining.hubURL)
        try meta.set(.tlsPin, bytes: invitation.pin)
        try meta.set(.pendingToken, text: invitation.token)
        try meta.set(.pendingBearer, bytes: joining.bearer.seed.withBytes { Array($0) })
        try meta.set(.incomplete, integer: 1)
        try meta.set(.schemaVersion, integer: Int64(Schema.version))
        try store.learn(device: device, key: key.publicKey, member: member, certificate: nil)
        try store.learn(
            device: DeviceID(invitation.hubKey), key: invitation.hubKey, member: nil,
            certificate: nil)
    }

    /// Writes the new member's own profile and contact records.
    func introduce(name: String, at now: ClaimedTime) throws {
        let identity = identity
        try act("join", at: now, isUndoable: false) { action in
            try action.create(
                Schema.profile, in: .programme, id: identity.member.recordID,
                values: [Fields.Profile.name: .text(name)])
            try action.create(
                Schema.contact, in: .contact(of: identity.member), id: identity.member.recordID,
                values: [Fields.Contact.email: .text(identity.email)])
        }
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

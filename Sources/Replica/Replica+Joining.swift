package import Cryptography
import Foundation
import GRDB
package import Model
package import Wire

extension Replica {
    /// What a new replica is made from: a checked invitation and what the joiner says of
    /// themselves.
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

    /// Runs a join, which has the home for itself meanwhile. What an earlier one has left that
    /// never came to its end is gone before, if nothing was ever saved in it.
    ///
    /// - Throws: ``ReplicaError`` with `beingMade` while another program joins in this home; with
    ///   `readOnly` or `diskFull`; what the body throws.
    package static func withHome<Result>(
        reservedAt home: String, _ body: () async throws -> Result
    ) async throws -> Result {
        let isNew = !FileManager.default.fileExists(atPath: home)
        try makeFolder(home)
        // One that is left empty was made for nothing.
        defer { if isNew { rmdir(home) } }
        guard let lock = try FolderLock.acquire(.joining, in: home) else {
            throw ReplicaError(.beingMade, home)
        }
        do {
            if HomeRemains(of: home).isUnfinished { removeDatabase(home + "/replica.sqlite") }
            let result = try await body()
            lock.remove()
            return result
        } catch {
            lock.remove()
            throw error
        }
    }

    /// Makes a replica in which the new member can work at once; the hub redeems the invitation
    /// when it is reached.
    package static func create(at home: String, joining: Joining, now: ClaimedTime) throws
        -> Replica
    {
        guard !exists(at: home) else { throw ReplicaError(.exists, home) }
        try makeFolder(home)
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
        // The file gets its name when it is whole, the member's own records included, so a join
        // that is cut off leaves no half replica.
        let draft = home + "/replica.sqlite.new"
        removeDatabase(draft)
        let writer = try ReplicaDatabase.open(path: draft, isShared: false)
        try ReplicaError.mapping(path: draft) {
            try writer.write { try fill($0, joining: joining, key: key) }
            let identity = try writer.read { try Identity(Meta($0)) }
            let replica = Replica(
                home: home, writer: writer, credentials: Credentials(identity: identity, key: key),
                obstacle: nil)
            if joining.invitation.role != nil {
                try replica.introduce(name: joining.name, at: now)
            }
            try writer.writeWithoutTransaction { _ = try Checkpoints.empty($0) }
        }
        try writer.close()
        // A log that is left of another file would be taken for this one's.
        removeDatabase(home + "/replica.sqlite")
        guard rename(draft, home + "/replica.sqlite") == 0 else {
            throw ReplicaError(.readOnly, home)
        }
        return try open(at: home)
    }

    private static func makeFolder(_ home: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: home, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw ReplicaError(.readOnly, home)
        }
    }

    private static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
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
    private func introduce(name: String, at now: ClaimedTime) throws {
        try act("join", at: now, isUndoable: false) { try $0.introduce(name: name) }
    }

    /// Completes what a join of an earlier version left without the member's own records, and takes
    /// another name for a member of whom the hub does not know yet.
    ///
    /// - Parameters:
    ///   - name: what the member calls themselves now; nil for what they did before.
    ///   - now: the device's clock.
    /// - Throws: ``ReplicaError`` where nothing can be written.
    package func introduceAgain(as name: String?, at now: ClaimedTime) throws {
        guard let name, !identity.isRedeemed else { return }
        let member = identity.member
        let profile = try read { try $0.record(member.recordID, of: Schema.profile) }
        guard profile != nil else { return try introduce(name: name, at: now) }
        guard profile?.text(Fields.Profile.name) != name else { return }
        try act("join", at: now, isUndoable: false) { action in
            try action.set(
                Fields.Profile.name, of: member.recordID, Schema.profile, in: .programme,
                to: .text(name))
        }
    }
}

extension Action {
    /// Writes the new member's own profile and contact records.
    mutating func introduce(name: String) throws {
        let identity = identity
        try create(
            Schema.profile, in: .programme, id: identity.member.recordID,
            values: [Fields.Profile.name: .text(name)])
        try create(
            Schema.contact, in: .contact(of: identity.member), id: identity.member.recordID,
            values: [Fields.Contact.email: .text(identity.email)])
    }
}

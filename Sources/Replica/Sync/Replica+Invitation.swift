import Cryptography
import GRDB
package import Model
package import Wire

/// An invitation that this device has made.
package struct IssuedInvitation: Sendable {
    package let id: RecordID
    /// What is handed over, `token~secret`. It is kept nowhere.
    package let text: String
    package let issuedAt: Int64
    package let expiresAt: Int64
}

extension Replica {
    /// Makes an invitation with no network: the token, and the record by which the hub and its
    /// issuer know of it.
    ///
    /// - Parameters:
    ///   - purpose: what is offered.
    ///   - email: the address of whom it is for.
    ///   - name: their name.
    ///   - validMilliseconds: how long it can be used.
    ///   - now: the device's clock. The token is never dated before the hub time that this device
    ///     has seen, so a clock that is behind makes no token that has expired already.
    /// - Returns: the invitation, whose text exists nowhere else.
    /// - Throws: ``ReplicaError`` with `refused` if the hub would refuse it, with `badKey` before
    ///   the hub has certified this device; `InvitationError` for texts that are too long.
    package func invite(
        _ purpose: InvitationToken.Purpose, email: String?, name: String?,
        validMilliseconds: Int64, at now: ClaimedTime
    ) throws -> IssuedInvitation {
        let identity = identity
        let lastSeen = ContactFile.read(in: home)?.lastSyncAt ?? .min
        // Tokens count in whole seconds; the record says the same.
        let issuedAt = max(now.milliseconds, lastSeen) / 1000 * 1000
        let expiresAt = issuedAt.adding(clamped: validMilliseconds / 1000 * 1000)
        let certificate = try writer.read { try Meta($0).bytes(.certificate) }
        guard let certificate else { throw ReplicaError(.badKey, "certificate") }
        var values: [FieldID: Value] = [Fields.Invitation.expiresAt: .integer(expiresAt)]
        if let email { values[Fields.Invitation.email] = .text(email) }
        if let name { values[Fields.Invitation.name] = .text(name) }
        switch purpose {
        case .join(let role): values[Fields.Invitation.role] = .integer(role.rawValue)
        case .link(let member): values[Fields.Invitation.member] = .member(member)
        }
        let key = credentials.key
        return try act("invite", at: now, isUndoable: false) { action in
            let record = try action.create(
                Schema.invitation, in: .invitations(by: identity.member), values: values)
            // The laptop got a new key at this very moment; the next try has it.
            guard record.device == DeviceID(key.publicKey) else { throw ReplicaError(.busy, home) }
            // The forecast comes before the token is made: nothing is handed out that the hub
            // would refuse.
            try action.endSet()
            let (text, _) = try InvitationToken.make(
                invitation: record, purpose: purpose, email: email, name: name,
                issuedAtMilliseconds: issuedAt, expiresAtMilliseconds: expiresAt,
                hubKey: identity.hubKey, hubURL: identity.hubURL, pin: identity.tlsPin,
                programmeName: identity.programmeName,
                certificate: DeviceCertificate.Signed(encodedBytes: certificate), issuerKey: key,
                bearer: SigningKey())
            return IssuedInvitation(
                id: record, text: text, issuedAt: issuedAt, expiresAt: expiresAt)
        }
    }
}

package import Cryptography
package import Model

/// An invitation into the programme, or for a further device of a member, as it is handed over.
///
/// What people pass on is the text `token~secret`. The token is a PASETO of the kind `v4.public`,
/// signed by the issuer's device; it holds everything that is needed to check it with no network:
///
/// 1. the hub's key, whose hash is the programme's id (`aud`);
/// 2. the issuer's certificate, signed by that key, whose device is the issuer (`iss`);
/// 3. the signature of the token by the certificate's key.
///
/// The secret is the seed of the *bearer* key, whose public half stands in the token. Only who has
/// it can redeem; the hub gets the token without it and a signature made with it.
package struct InvitationToken: Hashable, Sendable {
    /// What is offered, and to whom.
    package enum Purpose: Hashable, Sendable {
        /// Somebody new becomes a member with this role. The member's id is that of the
        /// invitation.
        case join(Role)
        /// A further device of this member.
        case link(MemberID)
    }

    /// The signed text, without the secret.
    package let token: String
    /// The device that signed it; the hub's own for what the hub issues.
    package let issuer: DeviceID
    package let programme: ProgrammeID
    /// The invitation's record.
    package let invitation: RecordID
    /// Milliseconds since 1970 UTC, whole seconds.
    package let issuedAtMilliseconds: Int64
    package let notBeforeMilliseconds: Int64
    package let expiresAtMilliseconds: Int64
    package let hubKey: PublicKey
    package let hubURL: String
    /// What the hub's TLS key must hash to; nil where an authority vouches for the hub.
    package let pin: [UInt8]?
    package let purpose: Purpose
    package let email: String?
    package let name: String?
    /// The issuer's certificate; nil when the hub itself issued the invitation.
    package let certificate: DeviceCertificate?
    package let programmeName: String
    package let bearerKey: PublicKey

    /// The role that a new member gets; nil for a further device.
    package var role: Role? { if case .join(let role) = purpose { role } else { nil } }

    /// The member whose device it will be: the invitation's own id for somebody new.
    package var member: MemberID {
        if case .link(let member) = purpose { member } else { MemberID(invitation) }
    }

    /// Whether the invitation can be used at a time. Whether the clock that says so can be
    /// believed is for the caller to judge.
    package enum Validity: Hashable, Sendable {
        case valid, notYet, expired
    }

    package func validity(at nowMilliseconds: Int64) -> Validity {
        if nowMilliseconds < notBeforeMilliseconds { return .notYet }
        return nowMilliseconds < expiresAtMilliseconds ? .valid : .expired
    }

    /// Reads what people hand over: `token~secret`, as mail programs break, quote and bracket it.
    /// Checks all that can be checked without a clock and without the hub.
    package static func read(
        _ text: String
    ) throws(InvitationError) -> (invitation: InvitationToken, bearer: SigningKey) {
        guard text.utf8.count <= 2 * Limits.tokenCharactersMax else {
            throw InvitationError(.damaged)
        }
        var scalars = text.unicodeScalars.filter { !isDecoration($0) }
        while let last = scalars.last, [".", ","].contains(last) { scalars.removeLast() }
        let bare = String(scalars).utf8
        guard bare.count <= Limits.tokenCharactersMax + 256 else {
            throw InvitationError(.damaged)
        }
        let parts = bare.split(
            separator: UInt8(ascii: "~"), maxSplits: 1, omittingEmptySubsequences: false)
        let invitation = try readWithoutSecret(String(decoding: parts[0], as: UTF8.self))
        guard parts.count == 2, !parts[1].isEmpty else { throw InvitationError(.secretMissing) }
        guard var seed = Base64URL.decode(String(decoding: parts[1], as: UTF8.self)),
            let bearer = try? SigningKey(seed: SecretBytes(wiping: &seed)),
            bearer.publicKey == invitation.bearerKey
        else { throw InvitationError(.secretWrong) }
        return (invitation, bearer)
    }

    /// White space, marks of quotation and brackets: none of them is of an invitation.
    private static func isDecoration(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isWhitespace || scalar == "\u{FEFF}" { return true }
        return "<>()[]\"'`\u{AB}\u{BB}\u{2018}\u{2019}\u{201C}\u{201D}\u{201E}".unicodeScalars
            .contains(scalar)
    }
}

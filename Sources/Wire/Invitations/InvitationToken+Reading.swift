import Cryptography
import Model

extension InvitationToken {
    /// Reads and checks a token without its secret, as the hub gets it.
    package static func readWithoutSecret(
        _ token: String
    ) throws(InvitationError) -> InvitationToken {
        guard token.utf8.count <= Limits.tokenCharactersMax,
            let unverified = try? PasetoV4Public.decodeUnverified(token)
        else { throw InvitationError(.damaged) }
        let claims = try TokenClaims(reading: unverified.payload)
        let invitation = try InvitationToken(claims, token: token)

        guard ProgrammeID(hubKey: invitation.hubKey) == invitation.programme else {
            throw InvitationError(.wrongProgramme)
        }
        let issuerKey = invitation.certificate?.key ?? invitation.hubKey
        guard DeviceID(issuerKey) == invitation.issuer,
            (try? PasetoV4Public.verify(token, key: issuerKey)) == unverified.payload
        else { throw InvitationError(.badSignature) }
        try invitation.requireEntitlement()
        return invitation
    }

    /// Throws unless the issuer may make this invitation, judged by the role in their certificate.
    private func requireEntitlement() throws(InvitationError) {
        // Nobody creates a record in another device's name.
        guard invitation.device == issuer else { throw InvitationError(.unentitledIssuer) }
        guard let certificate else { return }
        switch purpose {
        case .join(let role):
            guard let issuer = certificate.role, Role.allCases.contains(where: issuer.mayInvite)
            else { throw InvitationError(.unentitledIssuer) }
            guard issuer.mayInvite(role) else { throw InvitationError(.roleRaised) }
        case .link(let member):
            guard certificate.member == member || certificate.role == .admin else {
                throw InvitationError(.unentitledIssuer)
            }
        }
    }

    private init(_ claims: TokenClaims, token: String) throws(InvitationError) {
        guard let issuer = DeviceID(text: claims.iss), issuer.text == claims.iss,
            let programme = ProgrammeID(text: claims.aud), programme.text == claims.aud,
            let invitation = RecordID(text: claims.jti), invitation.text == claims.jti,
            let issuedAt = TokenTime.seconds(claims.iat),
            let notBefore = TokenTime.seconds(claims.nbf),
            let expiresAt = TokenTime.seconds(claims.exp),
            notBefore < expiresAt, issuedAt < expiresAt,
            expiresAt - issuedAt <= Int64(Limits.invitationHoursMax) * 3600,
            let hubKey = Self.key(claims.wm.key), let bearerKey = Self.key(claims.wm.bearer)
        else { throw InvitationError(.damaged) }
        self.token = token
        self.issuer = issuer
        self.programme = programme
        self.invitation = invitation
        issuedAtMilliseconds = issuedAt * 1000
        notBeforeMilliseconds = notBefore * 1000
        expiresAtMilliseconds = expiresAt * 1000
        self.hubKey = hubKey
        hubURL = claims.wm.url
        pin = try Self.bytes(claims.wm.pin)
        purpose = try Self.purpose(claims.wm)
        email = claims.wm.email
        name = claims.wm.name
        programmeName = claims.wm.programme
        certificate = try Self.certificate(claims.wm.issuer, hubKey: hubKey)
        self.bearerKey = bearerKey
    }

    private static func key(_ text: String) -> PublicKey? {
        Base64URL.decode(text).flatMap { PublicKey(bytes: $0) }
    }

    private static func bytes(_ text: String?) throws(InvitationError) -> [UInt8]? {
        guard let text else { return nil }
        guard let bytes = Base64URL.decode(text) else { throw InvitationError(.damaged) }
        return bytes
    }

    private static func purpose(
        _ claims: TokenClaims.Waymark
    ) throws(InvitationError) -> Purpose {
        switch (claims.role, claims.member) {
        case (.some(let name), nil):
            guard let role = Role(name: name) else { throw InvitationError(.damaged) }
            return .join(role)
        case (nil, .some(let text)):
            guard let member = MemberID(text: text), member.text == text else {
                throw InvitationError(.damaged)
            }
            return .link(member)
        case (.some, .some), (nil, nil):
            throw InvitationError(.damaged)
        }
    }

    private static func certificate(
        _ text: String?, hubKey: PublicKey
    ) throws(InvitationError) -> DeviceCertificate? {
        guard let encoded = try bytes(text) else { return nil }
        guard let signed = try? DeviceCertificate.Signed(encodedBytes: encoded) else {
            throw InvitationError(.damaged)
        }
        do {
            return try signed.verify(hubKey: hubKey)
        } catch {
            switch error.reason {
            case .badSignature: throw InvitationError(.badSignature)
            case .wrongProgramme: throw InvitationError(.wrongProgramme)
            default: throw InvitationError(.damaged)
            }
        }
    }
}

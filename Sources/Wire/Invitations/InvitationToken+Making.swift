package import Cryptography
package import Model

extension InvitationToken {
    /// Makes an invitation. What comes out passes ``read(_:)``, or this throws.
    ///
    /// - Parameters:
    ///   - invitation: the invitation's record, which is the issuing device's own.
    ///   - purpose: what is offered.
    ///   - email: the address of whom it is for.
    ///   - name: their name.
    ///   - issuedAtMilliseconds: cut to whole seconds, as the other times are; never before the
    ///     hub time that the issuer last saw.
    ///   - notBeforeMilliseconds: from when it can be used; nil for at once.
    ///   - expiresAtMilliseconds: from when it cannot be used any more.
    ///   - hubKey: the key of the programme's hub.
    ///   - hubURL: where the hub is reached.
    ///   - pin: what the hub's TLS key must hash to.
    ///   - programmeName: the programme's name for people.
    ///   - certificate: the issuer's; nil when `issuerKey` is the hub's.
    ///   - issuerKey: signs the token.
    ///   - bearer: a new key for this invitation alone.
    /// - Returns: the text to hand over, `token~secret`, and what it says.
    /// - Throws: ``InvitationError`` for what no reader would accept.
    package static func make(
        invitation: RecordID, purpose: Purpose, email: String? = nil, name: String? = nil,
        issuedAtMilliseconds: Int64, notBeforeMilliseconds: Int64? = nil,
        expiresAtMilliseconds: Int64, hubKey: PublicKey, hubURL: String, pin: [UInt8]? = nil,
        programmeName: String, certificate: DeviceCertificate.Signed? = nil,
        issuerKey: SigningKey, bearer: SigningKey
    ) throws(InvitationError) -> (text: String, token: InvitationToken) {
        let claims = TokenClaims(
            iss: DeviceID(issuerKey.publicKey).text, aud: ProgrammeID(hubKey: hubKey).text,
            jti: invitation.text,
            iat: TokenTime.text(seconds: issuedAtMilliseconds / 1000),
            nbf: TokenTime.text(
                seconds: (notBeforeMilliseconds ?? issuedAtMilliseconds) / 1000),
            exp: TokenTime.text(seconds: expiresAtMilliseconds / 1000),
            wm: TokenClaims.Waymark(
                key: Base64URL.encode(hubKey.bytes), url: hubURL,
                pin: pin.map(Base64URL.encode), role: role(of: purpose)?.name, email: email,
                name: name, issuer: certificate.map { Base64URL.encode($0.encodedBytes) },
                member: linkedMember(of: purpose)?.text, programme: programmeName,
                bearer: Base64URL.encode(bearer.publicKey.bytes)))
        let payload = try claims.encode()
        guard PasetoV4Public.fits(payloadBytes: payload.count) else {
            throw InvitationError(.tooLong)
        }
        let token = PasetoV4Public.sign(payload: payload, key: issuerKey)
        let secret = bearer.seed.withBytes { Base64URL.encode(Array($0)) }
        return ("\(token)~\(secret)", try readWithoutSecret(token))
    }

    private static func role(of purpose: Purpose) -> Role? {
        if case .join(let role) = purpose { role } else { nil }
    }

    private static func linkedMember(of purpose: Purpose) -> MemberID? {
        if case .link(let member) = purpose { member } else { nil }
    }
}

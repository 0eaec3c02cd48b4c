/// Signed tokens after the PASETO standard, version 4, purpose *public*.
///
///     token     = "v4.public." ‖ base64url(payload ‖ signature) [‖ "." ‖ base64url(footer)]
///     signature = Ed25519(PAE("v4.public.", payload, footer, implicit))
///     PAE(p₁ … pₙ) = LE64(n) ‖ LE64(length of p₁) ‖ p₁ ‖ … ‖ LE64(length of pₙ) ‖ pₙ
///
/// LE64 is a number in eight bytes, lowest first. The payload is readable by everybody. The footer
/// is signed and travels along; the *implicit* bytes are signed and must be known to both sides.
/// Checking the claims in the payload is the caller's business.
package enum PasetoV4Public {
    /// The longest token that is made or looked at.
    package static let textBytesMax = 8_192

    private static let header = Array("v4.public.".utf8)
    private static let separator = UInt8(ascii: ".")

    /// Tells whether a token with a payload and a footer of these sizes stays within the limit.
    package static func fits(payloadBytes: Int, footerBytes: Int = 0) -> Bool {
        // Larger counts are out anyway, and could overflow below.
        guard payloadBytes <= textBytesMax, footerBytes <= textBytesMax else { return false }
        return textBytes(payloadBytes: payloadBytes, footerBytes: footerBytes) <= textBytesMax
    }

    /// Makes a token. The caller has checked sizes that come from outside with `fits`; a token
    /// that nobody would accept is a bug.
    package static func sign(
        payload: [UInt8], footer: [UInt8] = [], implicit: [UInt8] = [], key: SigningKey
    ) -> String {
        precondition(
            fits(payloadBytes: payload.count, footerBytes: footer.count),
            "A token has at most 8192 characters.")
        let signature = key.signRaw(preAuthenticationEncoding([header, payload, footer, implicit]))
        let token = "v4.public." + Base64URL.encode(payload + signature.bytes)
        return footer.isEmpty ? token : token + "." + Base64URL.encode(footer)
    }

    /// Returns the payload of a token that this key signed with exactly this footer and these
    /// implicit bytes.
    package static func verify(
        _ token: String, footer: [UInt8] = [], implicit: [UInt8] = [], key: PublicKey
    ) throws(PasetoError) -> [UInt8] {
        let parts = try split(token)
        guard Sodium.areEqual(parts.footer, footer) else { throw PasetoError(.wrongFooter) }
        let signed = preAuthenticationEncoding([header, parts.payload, parts.footer, implicit])
        guard key.isValidRaw(parts.signature, for: signed) else {
            throw PasetoError(.wrongSignature)
        }
        return parts.payload
    }

    /// Reads a token without checking who signed it, to find out which key it claims. Nothing in
    /// the result may be acted upon before `verify`.
    package static func decodeUnverified(
        _ token: String
    ) throws(PasetoError) -> (payload: [UInt8], footer: [UInt8]) {
        let parts = try split(token)
        return (parts.payload, parts.footer)
    }

    /// PAE of the standard: no two lists of parts have the same encoding.
    static func preAuthenticationEncoding(_ parts: [[UInt8]]) -> [UInt8] {
        var encoded = littleEndian(parts.count)
        for part in parts {
            encoded += littleEndian(part.count)
            encoded += part
        }
        return encoded
    }

    private struct Parts {
        let payload: [UInt8]
        let signature: Signature
        let footer: [UInt8]
    }

    private static func split(_ token: String) throws(PasetoError) -> Parts {
        guard token.utf8.count <= textBytesMax else { throw PasetoError(.tooLong) }
        // Bytes, not characters: a combining accent must not hide in the header.
        let text = Array(token.utf8)
        guard text.starts(with: header) else { throw PasetoError(.wrongHeader) }
        let pieces = text.dropFirst(header.count)
            .split(separator: separator, omittingEmptySubsequences: false)
        // An empty footer has no separator; else one token would have two texts.
        guard pieces.count == 1 || (pieces.count == 2 && !pieces[1].isEmpty),
            let body = Base64URL.decode(ascii: Array(pieces[0])),
            let footer = pieces.count == 1 ? [] : Base64URL.decode(ascii: Array(pieces[1])),
            body.count >= Signature.byteCount,
            let signature = Signature(bytes: Array(body.suffix(Signature.byteCount)))
        else {
            throw PasetoError(.malformed)
        }
        return Parts(
            payload: Array(body.dropLast(Signature.byteCount)), signature: signature,
            footer: footer)
    }

    private static func littleEndian(_ count: Int) -> [UInt8] {
        // Counts are never negative, so the highest bit is zero, as the standard wants.
        withUnsafeBytes(of: UInt64(count).littleEndian) { Array($0) }
    }

    private static func textBytes(payloadBytes: Int, footerBytes: Int) -> Int {
        let body = base64Count(payloadBytes + Signature.byteCount)
        let tail = footerBytes == 0 ? 0 : 1 + base64Count(footerBytes)
        return header.count + body + tail
    }

    /// The number of characters without padding.
    private static func base64Count(_ byteCount: Int) -> Int {
        (byteCount * 4 + 2) / 3
    }
}

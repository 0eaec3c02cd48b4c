import Cryptography

/// What an invitation says of the hub's TLS key, so that `join` knows the hub when it meets it.
package enum HubPin {
    private static let domain = HashDomain("waymark tls pin v1")

    /// Whether a public key is the one that an invitation pins.
    ///
    /// - Parameters:
    ///   - pin: the invitation's opaque bytes.
    ///   - publicKeyDER: the key as certificates hold it, the DER of its SubjectPublicKeyInfo.
    /// - Returns: true for the pinned key alone.
    package static func matches(_ pin: [UInt8], publicKeyDER: [UInt8]) -> Bool {
        ContentHash.of(publicKeyDER, domain: domain).bytes == pin
    }
}

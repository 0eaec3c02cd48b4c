import Cryptography

/// What an invitation says of the hub's TLS key, so that `join` knows it when it sees it.
enum TLSPin {
    private static let domain = HashDomain("waymark tls pin v1")

    /// The hash of a public key in the form in which certificates hold it: the DER of its
    /// SubjectPublicKeyInfo.
    static func of(publicKeyDER: [UInt8]) -> ContentHash {
        ContentHash.of(publicKeyDER, domain: domain)
    }
}

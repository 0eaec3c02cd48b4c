package import Cryptography
package import Model

extension Digest {
    /// The hash as the value that the rules carry and compare.
    package init(_ hash: ContentHash) {
        guard let digest = Digest(bytes: hash.bytes) else {
            preconditionFailure("A hash has as many bytes as a digest.")
        }
        self = digest
    }

    /// Returns the hash of `message` in `domain`.
    package static func of(_ message: [UInt8], domain: HashDomain) -> Digest {
        Digest(ContentHash.of(message, domain: domain))
    }
}

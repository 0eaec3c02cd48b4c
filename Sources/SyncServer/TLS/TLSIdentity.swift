import Crypto
import Cryptography
import Foundation
import Model
import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// The hub's TLS key and its self-signed certificate.
///
/// Clients trust the key, not a date or a name: an invitation carries the *pin*, a hash of the
/// public key, and a client that joins makes the certificate with that pin its only trust root.
/// So the certificate is valid from 1970 to 9999: an end would lock out members for no gain, and
/// a laptop whose clock stands in 1999 gets through like any other. When the hub's host name
/// changes, a new certificate is made for the same key.
struct TLSIdentity: Sendable {
    let certificatePEM: String
    let privateKeyPEM: String
    /// Hash of the public key as it stands in the certificate (DER of SubjectPublicKeyInfo).
    let pin: ContentHash

    /// Makes a new key and a certificate for it.
    static func make(host: String) throws -> TLSIdentity {
        try make(host: host, key: P256.Signing.PrivateKey())
    }

    /// Reads stored files; the certificate is made anew, for the same key, if it is missing or does
    /// not cover the host.
    ///
    /// - Returns: The identity, and whether its certificate differs from the stored one.
    static func load(
        certificatePEM: String?, privateKeyPEM: String, host: String
    ) throws -> (identity: TLSIdentity, isRenewed: Bool) {
        let key = try P256.Signing.PrivateKey(pemRepresentation: privateKeyPEM)
        guard let certificatePEM else { return (try make(host: host, key: key), true) }
        let certificate = try Certificate(pemEncoded: certificatePEM)
        let names = try certificate.extensions.subjectAlternativeNames ?? .init()
        let isCurrent =
            certificate.publicKey == Certificate.PublicKey(key.publicKey)
            && names.contains(name(of: host))
        guard isCurrent else { return (try make(host: host, key: key), true) }
        return (
            TLSIdentity(
                certificatePEM: certificatePEM, privateKeyPEM: privateKeyPEM, pin: pin(of: key)),
            false
        )
    }

    var configuration: TLSConfiguration {
        get throws {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            // How long the end of a connection may go unanswered. Some clients leave without a word,
            // and a hub that stops waits for each.
            configuration.shutdownTimeout = .seconds(2)
            return configuration
        }
    }

    private static func make(host: String, key: P256.Signing.PrivateKey) throws -> TLSIdentity {
        let subject = try DistinguishedName { CommonName("Waymark hub") }
        var names = [name(of: host)]
        for other in ["localhost", "127.0.0.1", "::1"] where !names.contains(name(of: other)) {
            names.append(name(of: other))
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: Date(timeIntervalSince1970: 0),
            notValidAfter: Date(timeIntervalSince1970: endOfTimeSeconds),
            issuer: subject, subject: subject,
            extensions: Certificate.Extensions {
                // Neither a certificate authority nor restricted in its key usage: it is a trust
                // root of its own, and OpenSSL wants those able to sign themselves.
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        return TLSIdentity(
            certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
            privateKeyPEM: key.pemRepresentation + "\n", pin: pin(of: key))
    }

    /// 9999-12-31T23:59:59Z: "no end", as RFC 5280 section 4.1.2.5 says it.
    private static let endOfTimeSeconds: TimeInterval = 253_402_300_799

    private static func pin(of key: P256.Signing.PrivateKey) -> ContentHash {
        TLSPin.of(publicKeyDER: Array(key.publicKey.derRepresentation))
    }

    private static func name(of host: String) -> GeneralName {
        if let address = addressBytes(of: host) {
            return .ipAddress(ASN1OctetString(contentBytes: address[...]))
        }
        return .dnsName(host.lowercased())
    }

    /// The bytes of a numeric address, nil for a name.
    private static func addressBytes(of host: String) -> [UInt8]? {
        var version4 = in_addr()
        if inet_pton(AF_INET, host, &version4) == 1 {
            return withUnsafeBytes(of: &version4) { Array($0) }
        }
        var version6 = in6_addr()
        if inet_pton(AF_INET6, host, &version6) == 1 {
            return withUnsafeBytes(of: &version6) { Array($0) }
        }
        return nil
    }
}

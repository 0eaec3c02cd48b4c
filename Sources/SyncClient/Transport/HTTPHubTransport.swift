import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import Replica
import Wire

/// Makes HTTP connections whose only trust root is the pinned certificate of the hub.
///
/// The pin is the hash of the hub's TLS key. The certificate around that key is fetched without
/// any verification, compared with the pin and kept beside the replica; from then on it alone is
/// trusted. The hub may renew it around the same key: then the handshake fails once, and the new
/// one is fetched and compared in the same way.
struct HTTPHubTransport: HubTransport {
    /// How long the other side may make no progress: take no bytes, send none. A line may be as
    /// slow as it likes, and the kernel may have much to send on it before an answer can come.
    var silence = Duration.seconds(90)

    func greet(_ address: HubAddress, pin: [UInt8]?) async throws -> [UInt8]? {
        guard let pin, address.isEncrypted else {
            try await withClient(trust: .authorities) { client in
                try await mappingTrust(address) {
                    try await HTTPHubConnection(address: address, client: client).checkHealth()
                }
            }
            return nil
        }
        return try await fetchCertificate(address, pin: pin)
    }

    func withConnection<Result>(
        to endpoint: HubEndpoint, _ body: (any HubConnection) async throws -> Result
    ) async throws -> Result {
        try await withHTTPConnection(to: endpoint) { try await body($0) }
    }

    func listen(to endpoint: HubEndpoint, as listener: HubListener) async throws {
        try await withHTTPConnection(to: endpoint) { try await $0.listen(as: listener) }
    }

    private func withHTTPConnection<Result>(
        to endpoint: HubEndpoint, _ body: (HTTPHubConnection) async throws -> Result
    ) async throws -> Result {
        let address = endpoint.address
        guard let pin = endpoint.pin, address.isEncrypted else {
            return try await withClient(trust: .authorities) { client in
                try await mappingTrust(address) {
                    try await body(HTTPHubConnection(address: address, client: client))
                }
            }
        }
        if let kept = Self.readCertificate(endpoint.certificatePath, pin: pin) {
            do {
                return try await withClient(trust: .certificate(kept)) { client in
                    try await body(HTTPHubConnection(address: address, client: client))
                }
            } catch is HTTPHubConnection.TrustFailure {
                // The handshake comes before the first byte of ours, so nothing was sent.
            }
        }
        let fetched = try await fetchCertificate(address, pin: pin)
        guard let certificate = try? NIOSSLCertificate.fromPEMBytes(fetched).first else {
            throw HubFailure.garbage(address)
        }
        HubCertificateFile.write(fetched, to: endpoint.certificatePath)
        return try await withClient(trust: .certificate(certificate)) { client in
            try await mappingTrust(address) {
                try await body(HTTPHubConnection(address: address, client: client))
            }
        }
    }

    // MARK: The pinned certificate

    /// Fetches the hub's certificate over a connection that proves nothing.
    private func fetchCertificate(_ address: HubAddress, pin: [UInt8]) async throws -> [UInt8] {
        let bytes = try await withClient(trust: .anybody) { client in
            try await mappingTrust(address) {
                try await HTTPHubConnection(address: address, client: client).certificate()
            }
        }
        guard let certificate = try? NIOSSLCertificate.fromPEMBytes(bytes).first else {
            throw HubFailure.garbage(address)
        }
        guard Self.fits(certificate, pin: pin) else { throw HubFailure.otherKey(address) }
        return bytes
    }

    private static func readCertificate(_ path: String, pin: [UInt8]) -> NIOSSLCertificate? {
        guard let bytes = HubCertificateFile.read(path),
            let certificate = try? NIOSSLCertificate.fromPEMBytes(bytes).first,
            fits(certificate, pin: pin)
        else { return nil }
        return certificate
    }

    private static func fits(_ certificate: NIOSSLCertificate, pin: [UInt8]) -> Bool {
        guard let key = try? certificate.extractPublicKey().toSPKIBytes() else { return false }
        return HubPin.matches(pin, publicKeyDER: key)
    }

    // MARK: Clients

    private enum Trust {
        /// Whom the machine's certificate authorities vouch for.
        case authorities
        case certificate(NIOSSLCertificate)
        /// Only to fetch a certificate that is compared with a pin.
        case anybody
    }

    private func mappingTrust<Result>(
        _ address: HubAddress, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch is HTTPHubConnection.TrustFailure {
            throw HubFailure.untrusted(address)
        }
    }

    private func withClient<Result>(
        trust: Trust, _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        var tls = TLSConfiguration.makeClientConfiguration()
        switch trust {
        case .authorities: break
        case .certificate(let certificate):
            tls.trustRoots = .certificates([certificate])
            // The key says who it is; the hub may be reached under any name or address.
            tls.certificateVerification = .noHostnameVerification
        case .anybody:
            tls.certificateVerification = .none
        }
        let silence = TimeAmount.milliseconds(Int64(silence / .milliseconds(1)))
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: silence, write: silence))
        configuration.httpVersion = .http1Only
        // Our own policy decides; this one would try a refused connection for ten seconds.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(client)
            try? await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}

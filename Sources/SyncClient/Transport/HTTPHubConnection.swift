import AsyncHTTPClient
import Foundation
import Model
import NIOCore
import NIOHTTP1
import NIOSSL
import Replica

/// The way to a hub over HTTP. Nothing but this folder opens sockets.
struct HTTPHubConnection: HubConnection {
    /// The hub's errors are a few lines; anything longer is not one.
    static let errorBytesMax = 64 * 1024

    private static let certificateBytesMax = 64 * 1024

    let address: HubAddress
    let client: HTTPClient

    func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
        try await send(.POST, "/v1/sync", body: envelope, bytesMax: Limits.requestBytesMax)
    }

    func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
        try await send(.POST, "/v1/redeem", body: envelope, bytesMax: Limits.requestBytesMax)
    }

    func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
        try await send(.POST, "/v1/rekey", body: envelope, bytesMax: Limits.requestBytesMax)
    }

    func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
        try await send(.POST, "/v1/bundles", body: parcel, bytesMax: Limits.requestBytesMax)
    }

    /// The hub's own certificate, in PEM; to be believed only if its key fits a pin.
    func certificate() async throws -> [UInt8] {
        try await send(.GET, "/v1/certificate", body: nil, bytesMax: Self.certificateBytesMax)
    }

    /// Throws unless a hub answers.
    func checkHealth() async throws {
        let answer = try await send(.GET, "/healthz", body: nil, bytesMax: Self.errorBytesMax)
        guard answer == Array("ok".utf8) else { throw HubFailure.garbage(address) }
    }

    /// Sends a request until it is answered or the policy has had enough.
    private func send(
        _ method: HTTPMethod, _ path: String, body: [UInt8]?, bytesMax: Int
    ) async throws -> [UInt8] {
        var policy = RetryPolicy()
        while true {
            let setback: RetryPolicy.Setback
            let failure: any Error
            do {
                return try await sendOnce(method, path, body: body, bytesMax: bytesMax)
            } catch let answer as HubFailure.Answer where answer.status == 503 {
                (setback, failure) = (.busy, answer)
            } catch is Silence {
                // Whoever was silent for so long will be silent again; a person waits.
                throw HubFailure.silent(address)
            } catch let error as CommandFailure where error.code == "hubUnreachable" {
                (setback, failure) = (.connection, error)
            }
            guard let delay = policy.delay(after: setback) else { throw failure }
            try await Task.sleep(for: delay)
        }
    }

    private func sendOnce(
        _ method: HTTPMethod, _ path: String, body: [UInt8]?, bytesMax: Int
    ) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address.text + path)
        request.method = method
        if let body {
            request.headers.add(name: "content-type", value: "application/octet-stream")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            let response = try await client.execute(request, timeout: Self.wholeTimeout)
            guard response.status == .ok else {
                let answer = try await response.body.collect(upTo: Self.errorBytesMax)
                throw failure(
                    status: Int(response.status.code), body: Array(answer.readableBytesView))
            }
            return Array(try await response.body.collect(upTo: bytesMax).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw HubFailure.garbage(address)
        } catch {
            throw connectionFailure(error)
        }
    }

    func failure(status: Int, body: [UInt8]) -> any Error {
        if let answer = HubFailure.Answer(status: status, body: body) { return answer }
        // A proxy whose hub is away.
        return [502, 503, 504].contains(status)
            ? HubFailure.busy(address) : HubFailure.garbage(address)
    }

    /// Tells a hub that cannot be trusted from one that is not there.
    func connectionFailure(_ error: any Error) -> any Error {
        switch error {
        case is CommandFailure, is HubFailure.Answer, is CancellationError: return error
        case NIOSSLError.handshakeFailed(.sslError(let reasons)):
            // A hub that has as many connections as it takes closes further ones.
            if reasons == [.eofDuringHandshake] { return HubFailure.unreachable(address) }
            // Somebody speaks without TLS; nothing but a word tells that.
            let isPlain = "\(reasons)".contains("WRONG_VERSION_NUMBER")
            return isPlain ? HubFailure.garbage(address) : TrustFailure()
        case let error as NIOSSLError:
            return Self.isVerdictOnPeer(error) ? TrustFailure() : HubFailure.unreachable(address)
        case is NIOSSLExtraError, is BoringSSLError: return TrustFailure()
        case is HTTPParserError: return HubFailure.garbage(address)
        case let error as HTTPClientError
        where [.readTimeout, .writeTimeout, .deadlineExceeded].contains(error):
            return Silence()
        default: return HubFailure.unreachable(address)
        }
    }

    /// Whether a handshake failed because of what the other side is, not because it broke off.
    private static func isVerdictOnPeer(_ error: NIOSSLError) -> Bool {
        switch error {
        case .unableToValidateCertificate, .noCertificateToValidate: true
        default: false
        }
    }

    /// The other end took the connection and then said nothing, or took nothing more.
    struct Silence: Error {}

    /// The certificate at the other end does not satisfy the trust roots, or there is none.
    struct TrustFailure: Error {}

    /// For a page over a slow line; a stalled one is noticed by the client's idle timeouts.
    private static let wholeTimeout = TimeAmount.minutes(15)
}

import Foundation
import Replica
import Synchronization
import TestSupport

@testable import SyncClient

/// Ways to a hub in memory, which can be cut and spoilt.
final class BreakableTransport: HubTransport {
    /// What becomes of the ways to the hub.
    enum Condition: Sendable {
        case good
        /// Nobody is there.
        case cut
        /// A proxy says that the hub has no time.
        case busy
        /// Somebody else is there.
        case otherHub
        /// The hub answers the first request, then the line breaks.
        case breaksAfter(requests: Int)
        /// The hub refuses every request.
        case refuses(code: String, status: Int)
        /// Something that is no hub answers.
        case garbage
        /// The line breaks at the first parcels, or they get an answer that is none; all else is good.
        case spoilsParcels(first: Int, isCut: Bool)
    }

    let hub: RelayHub
    let news = NewsLine()
    private let condition = Mutex(Condition.good)
    private let requestCount = Mutex(0)

    init(hub: RelayHub) { self.hub = hub }

    func become(_ next: Condition) { condition.withLock { $0 = next } }

    /// Requests that reached the hub's address.
    var requests: Int { requestCount.withLock { $0 } }

    func greet(_ address: HubAddress, pin: [UInt8]?) async throws -> [UInt8]? {
        switch condition.withLock({ $0 }) {
        case .cut: throw HubFailure.unreachable(address)
        case .busy: throw HubFailure.busy(address)
        case .otherHub: throw HubFailure.otherKey(address)
        case .good, .breaksAfter, .refuses, .garbage, .spoilsParcels: return pin
        }
    }

    func withConnection<Result>(
        to endpoint: HubEndpoint, _ body: (any HubConnection) async throws -> Result
    ) async throws -> Result {
        try await body(Connection(transport: self, address: endpoint.address))
    }

    func listen(to endpoint: HubEndpoint, as listener: HubListener) async throws {
        if case .cut = condition.withLock({ $0 }) {
            throw HubFailure.unreachable(endpoint.address)
        }
        try await news.listen(listener)
    }

    private struct Connection: HubConnection {
        let transport: BreakableTransport
        let address: HubAddress

        func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
            if let answer = try transport.pass(address) { return answer }
            return try await transport.hub.sync(envelope)
        }

        func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
            if let answer = try transport.pass(address) { return answer }
            return try await transport.hub.redeem(envelope)
        }

        func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
            if let answer = try transport.pass(address) { return answer }
            return try await transport.hub.rekey(envelope)
        }

        func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
            if let answer = try transport.passParcel(address) { return answer }
            return try await transport.hub.carry(parcel)
        }
    }

    /// The same for a parcel.
    private func passParcel(_ address: HubAddress) throws -> [UInt8]? {
        let isCut: Bool? = condition.withLock { condition in
            guard case .spoilsParcels(let first, let isCut) = condition, first > 0 else {
                return nil
            }
            condition = .spoilsParcels(first: first - 1, isCut: isCut)
            return isCut
        }
        guard let isCut else { return try pass(address) }
        if isCut { throw HubFailure.unreachable(address) }
        return Array("<html>log in</html>".utf8)
    }

    /// Lets a request through, or answers it, or fails.
    private func pass(_ address: HubAddress) throws -> [UInt8]? {
        let number = requestCount.withLock { count in
            count += 1
            return count
        }
        switch condition.withLock({ $0 }) {
        case .good, .spoilsParcels: return nil
        case .cut: throw HubFailure.unreachable(address)
        case .busy: throw HubFailure.busy(address)
        case .otherHub: throw HubFailure.otherKey(address)
        case .breaksAfter(let requests):
            guard number > requests else { return nil }
            throw HubFailure.unreachable(address)
        case .refuses(let code, let status):
            let body = #"{"error":{"code":"\#(code)","message":"The hub says no."}}"#
            guard let answer = HubFailure.Answer(status: status, body: Array(body.utf8)) else {
                throw HubFailure.garbage(address)
            }
            throw answer
        case .garbage: return Array("<html>log in</html>".utf8)
        }
    }
}

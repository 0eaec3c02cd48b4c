import Cryptography
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Model
import NIOCore
import Synchronization
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// The routes through the router, without sockets.
@Suite struct RouteTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    private func application(
        _ change: (inout HubConfiguration) -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        var configuration = HubConfiguration(
            now: { [time = harness.time] in time }, steadySeconds: { 0 })
        change(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try buildApplication(harness.hub, configuration, logger: logger)
    }

    @Test func healthIsOK() async throws {
        try await application().test(.router) { client in
            try await client.execute(uri: "/healthz", method: .get) { response in
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == "ok")
            }
        }
    }

    @Test func certificateIsServedWhereTheHubHasOne() async throws {
        let identity = try TLSIdentity.make(host: "hub.example.org")
        try await application { $0.tls = identity }.test(.router) { client in
            try await client.execute(uri: "/v1/certificate", method: .get) { response in
                #expect(String(buffer: response.body) == identity.certificatePEM)
            }
        }
        try await application().test(.router) { client in
            try await client.execute(uri: "/v1/certificate", method: .get) { response in
                #expect(response.status == .notFound)
            }
        }
    }

    /// Somebody who syncs, and what they get.
    enum Who: String, CaseIterable, Sendable {
        case stranger, participant, mentor, admin, suspendedMember, revokedDevice

        var expected: (status: Int, code: String?) {
            switch self {
            case .stranger: (401, "unknownDevice")
            case .participant, .mentor, .admin: (200, nil)
            case .suspendedMember: (403, "memberSuspended")
            case .revokedDevice: (403, "deviceRevoked")
            }
        }
    }

    private func device(_ who: Who) throws -> RawDevice { try harness.device(who) }

    @Test(arguments: Who.allCases) func syncByRole(who: Who) async throws {
        let device = try device(who)
        let request = device.request()
        let body = ByteBuffer(bytes: request.sealed(by: device.key).encodedBytes)
        let answer = Mutex<[UInt8]>([])
        try await application().test(.router) { client in
            try await client.execute(uri: "/v1/sync", method: .post, body: body) { response in
                #expect(response.status.code == who.expected.status)
                if let expected = who.expected.code {
                    #expect(code(of: response) == expected)
                } else {
                    let bytes = Array(response.body.readableBytesView)
                    answer.withLock { $0 = bytes }
                }
            }
        }
        if who.expected.code == nil {
            let bytes = answer.withLock { $0 }
            #expect(try !device.open(bytes, request).entries.isEmpty)
        }
    }

    @Test(arguments: Who.allCases) func writeByRole(who: Who) async throws {
        // A slot of one's own: only a mentor may make one.
        let device = try device(who)
        let made = device.slot(at: 1_800_003_600_000)
        let request = device.request([made.batch])
        let body = ByteBuffer(bytes: request.sealed(by: device.key).encodedBytes)
        try await application().test(.router) { client in
            try await client.execute(uri: "/v1/sync", method: .post, body: body) { response in
                #expect(response.status.code == who.expected.status)
            }
        }
        let count = try harness.hub.database.read { try $0.count("SELECT count(*) FROM slot") }
        #expect(count == (who == .mentor ? 1 : 0))
    }

    /// By bundle a device hears why the hub takes nothing from it, and whoever carries it does not.
    @Test(arguments: Who.allCases) func writeByBundleByRole(who: Who) async throws {
        let device = try device(who)
        let made = device.slot(at: 1_800_003_600_000)
        var sealer = try ParcelSealer(toHub: harness.hub.key.publicKey)
        sealer.append(.request(device.request().sealed(by: device.key)))
        sealer.append(.batch(made.batch))
        let body = ByteBuffer(bytes: sealer.finish())
        let answer = Mutex<[UInt8]>([])
        try await application().test(.router) { client in
            try await client.execute(uri: "/v1/bundles", method: .post, body: body) { response in
                #expect(response.status == (who == .stranger ? .unauthorized : .ok))
                answer.withLock { $0 = Array(response.body.readableBytesView) }
            }
        }
        let count = try harness.hub.database.read { try $0.count("SELECT count(*) FROM slot") }
        #expect(count == (who == .mentor ? 1 : 0))
        guard who != .stranger else { return }
        let parcel = try Parcel(encodedBytes: answer.withLock { $0 })
        let contents = try #require(parcel.open(with: SealingKey(device.key)))
        guard case .answer(let envelope) = contents.parts.first else {
            Issue.record("The hub says nothing.")
            return
        }
        let said = try SyncAnswer.open(envelope, hubKey: harness.hub.key.publicKey)
        #expect(said.refusal == who.expected.code ?? "")
        #expect(said.entries.isEmpty == (who.expected.code != nil))
    }

    @Test func redemptionWorksOnce() async throws {
        let issued = try harness.hub.invite(
            .mentor, email: "x@example.org", name: nil, validMilliseconds: HubHarness.day,
            now: harness.time)
        try await application().test(.router) { client in
            for expected in [200, 403] {
                let body = ByteBuffer(
                    bytes: try HubHarness.redemption(issued.text, key: SigningKey()))
                try await client.execute(uri: "/v1/redeem", method: .post, body: body) { response in
                    #expect(response.status.code == expected)
                    if expected == 403 { #expect(code(of: response) == "tokenUsed") }
                }
            }
        }
    }

    @Test func oversizedBodiesAreTurnedAway() async throws {
        try await application().test(.router) { client in
            try await client.execute(
                uri: "/v1/redeem", method: .post, body: ByteBuffer(repeating: 0, count: 40_000)
            ) { response in
                #expect(response.status.code == 413)
                #expect(code(of: response) == "tooLarge")
            }
            try await client.execute(
                uri: "/v1/sync", method: .post,
                headers: [.contentLength: "\(Limits.requestBytesMax + 1)"],
                body: ByteBuffer(repeating: 0, count: Limits.requestBytesMax + 1)
            ) { response in
                #expect(response.status.code == 413)
            }
        }
    }

    @Test func bodiesBeyondTheBudgetWait() async throws {
        try await application { $0.bodyBytesMax = 100 }.test(.router) { client in
            try await client.execute(
                uri: "/v1/sync", method: .post, headers: [.contentLength: "200"],
                body: ByteBuffer(repeating: 0, count: 200)
            ) { response in
                #expect(response.status.code == 503)
                #expect(code(of: response) == "busy")
            }
        }
    }

    @Test func garbageIsMalformed() async throws {
        try await application().test(.router) { client in
            for body in [[], [1, 2, 3], RandomBytes.generate(count: 500)] as [[UInt8]] {
                try await client.execute(
                    uri: "/v1/sync", method: .post, body: ByteBuffer(bytes: body)
                ) { response in
                    #expect([400, 401].contains(response.status.code))
                }
            }
        }
    }

    @Test func failedAttemptsAreLimited() async throws {
        try await application { $0.failures.failuresMax = 3 }.test(.router) { client in
            for attempt in 0..<5 {
                try await client.execute(
                    uri: "/v1/sync", method: .post, body: ByteBuffer(bytes: [9])
                ) { response in
                    #expect(response.status.code == (attempt < 3 ? 400 : 429))
                }
            }
        }
    }

    @Test func logsTellNothingOfContent() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "hub") { label in
            JSONLogHandler(
                label: label, now: { Date(timeIntervalSince1970: 0) },
                sink: { line in lines.withLock { $0.append(line) } })
        }
        let configuration = HubConfiguration(
            now: { [time = harness.time] in time }, steadySeconds: { 0 })
        let issued = try harness.hub.invite(
            .mentor, email: "canary@example.org", name: "Canary", validMilliseconds: 60_000,
            now: harness.time)
        let application = try buildApplication(harness.hub, configuration, logger: logger)
        try await application.test(.router) { client in
            for _ in 0..<2 {
                let body = ByteBuffer(
                    bytes: try HubHarness.redemption(issued.text, key: SigningKey()))
                try await client.execute(uri: "/v1/redeem", method: .post, body: body) { _ in }
            }
        }
        let text = lines.withLock { $0.joined() }
        #expect(text.contains("\"code\":\"tokenUsed\""))
        #expect(!text.lowercased().contains("canary"))
        #expect(!text.contains("v4.public"))
        for line in lines.withLock({ $0 }) {
            #expect(throws: Never.self) {
                try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            }
        }
    }
}

/// The stable word of an error answer, nil for anything else.
private func code(of response: TestResponse) -> String? {
    let body = Data(Array(response.body.readableBytesView))
    return try? JSONDecoder().decode(FailureDocument.self, from: body).error.code
}

extension HubHarness {
    /// A device of somebody of this kind.
    func device(_ who: RouteTests.Who) throws -> RawDevice {
        switch who {
        case .participant: return try join(.participant)
        case .mentor: return try join(.mentor)
        case .admin: return try join(.admin)
        case .suspendedMember:
            let device = try join(.mentor)
            try hub.suspend(device.member, now: time)
            return device
        case .revokedDevice:
            let device = try join(.mentor)
            try hub.revoke(device.device, isStolen: true, now: time)
            return device
        case .stranger:
            let known = try join(.mentor)
            return RawDevice(
                key: SigningKey(), programme: known.programme, hubKey: known.hubKey,
                certificate: known.certificate, member: known.member)
        }
    }
}

import Cryptography
import Foundation
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// What the hub takes and answers by bundle, message by message.
@Suite struct BundleRouteTests {
    private let harness: HubHarness
    private let device: SigningKey

    init() throws {
        harness = try HubHarness()
        device = SigningKey()
    }

    private func parts(
        of replica: Replica, by key: SigningKey
    ) throws -> [ParcelPart] {
        let bytes = try replica.bundleForHub(now: ClaimedTime(milliseconds: 0)).bytes
        return try #require(try Parcel(encodedBytes: bytes).open(with: SealingKey(key))).parts
    }

    private func parcel(_ parts: [ParcelPart]) throws -> [UInt8] {
        var sealer = try ParcelSealer(toHub: harness.hub.key.publicKey)
        for part in parts { sealer.append(part) }
        return sealer.finish()
    }

    private func code(_ bytes: [UInt8], to hub: Hub? = nil) -> String {
        do {
            _ = try (hub ?? harness.hub).carry(bytes, now: harness.time)
            return "taken"
        } catch {
            return HubError(describing: error).code
        }
    }

    @Test func whatIsNoBundleForThisHubIsRefused() async throws {
        let pia = try harness.replica(.participant, name: "Pia")
        try await harness.sync(pia)
        let parts = try parts(of: pia, by: harness.hub.key)
        #expect(code(try parcel(parts)) == "taken")
        #expect(code(try parcel([])) == "malformed")
        #expect(code(Array("noise".utf8)) == "malformed")
        #expect(code(try parcel(parts) + [0]) == "malformed")
        // Whoever finds a hub's answer cannot make it say more.
        let answer = try harness.hub.carry(parcel(parts), now: harness.time)
        #expect(code(answer) == "malformed")
        let other = try HubHarness()
        #expect(code(try parcel(parts), to: other.hub) == "wrongProgramme")
    }

    @Test func aRequestOfAnotherDeviceOrWithAnotherKeyIsRefused() async throws {
        let pia = try harness.replica(.participant, name: "Pia")
        try await harness.sync(pia)
        let identity = pia.identity
        let forged = SyncRequest(
            programme: identity.programme, device: DeviceID(device.publicKey),
            nonce: RandomBytes.generate(count: 16)
        ).sealed(by: device)
        #expect(code(try parcel([.request(forged)])) == "unknownDevice")
        let renamed = Envelope(
            payload: forged.payload, signer: identity.device, signature: forged.signature)
        #expect(code(try parcel([.request(renamed)])) == "badSignature")
    }

    @Test func batchesOfAnotherDeviceDoNotCountAsTheRequests() async throws {
        let pia = try harness.replica(.participant, name: "Pia")
        let tim = try harness.replica(.participant, name: "Tim")
        for replica in [pia, tim] { try await harness.sync(replica) }
        try tim.act("profile set", at: ClaimedTime(milliseconds: 0)) { action in
            try action.set(
                Fields.Profile.bio, of: tim.identity.member.recordID, Schema.profile,
                in: .programme, to: .text("Tim's"))
        }
        let batches = try parts(of: tim, by: harness.hub.key).filter {
            if case .batch = $0 { true } else { false }
        }
        #expect(batches.count == 1)
        let request = try parts(of: pia, by: harness.hub.key)
        let answer = try Parcel(
            encodedBytes: harness.hub.carry(parcel(request + batches), now: harness.time))
        let contents = try #require(answer.open(with: SealingKey(pia.credentials.key)))
        guard case .answer(let envelope) = contents.parts.first else {
            Issue.record("no answer")
            return
        }
        let receipts = try SyncAnswer.open(envelope, hubKey: harness.hub.key.publicKey).receipts
        #expect(receipts.map(\.outcome) == [.refused])
        #expect(receipts.map(\.code) == ["badSignature"])
        #expect(answer.open(with: SealingKey(tim.credentials.key)) == nil)
    }

    /// An answer has as many pages as fit, and they take the device all the way.
    @Test func oneAnswerBringsADeviceLevel() async throws {
        let hub = try HubHarness(pageBytesTarget: 4_000)
        let mia = try hub.replica(.mentor, name: "Mia")
        try await hub.sync(mia)
        for number in 0..<40 {
            try mia.act("topic", at: ClaimedTime(milliseconds: 0)) { action in
                try action.set(
                    Fields.Profile.bio, of: mia.identity.member.recordID, Schema.profile,
                    in: .programme, to: .text(String(repeating: "\(number) ", count: 100)))
            }
            try await hub.sync(mia)
        }
        let tim = try hub.replica(.participant, name: "Tim")
        let stick = try tim.bundleForHub(now: ClaimedTime(milliseconds: 0)).bytes
        let answer = try hub.hub.carry(stick, now: hub.time)
        let contents = try #require(
            try Parcel(encodedBytes: answer).open(with: SealingKey(tim.credentials.key)))
        #expect(contents.parts.count > 3)
        let report = try await tim.readBundle(answer)
        #expect(!report.needsSync)
        #expect(try tim.read { try $0.status() }.isComplete)
        #expect(try await hub.sync(tim).pulledChanges == 0)
        #expect(try tim.examine().faults.isEmpty)
    }
}

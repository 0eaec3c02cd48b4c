import Cryptography
import Foundation
import Model
import Replica
import TestSupport
import Wire

@testable import SyncServer

/// A hub in a temporary folder, with its clock in the test's hands.
final class HubHarness {
    let folder: String
    let hub: Hub
    var time = HubTime(milliseconds: 1_800_000_000_000)

    static let day: Int64 = 86_400_000

    init(
        pageBytesTarget: Int = Limits.pageBytesTarget,
        snapshotLogBytesMin: Int = Limits.snapshotLogBytesMin,
        snapshotPieceBytes: Int = Limits.snapshotPieceBytesMax
    ) throws {
        folder = NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        let hubFolder = HubFolder(folder + "/hub")
        try Hub.create(
            in: hubFolder, name: "Test", url: "https://localhost:8470", isBehindProxy: true
        ).close()
        hub = try Hub.open(
            hubFolder, pageBytesTarget: pageBytesTarget, snapshotLogBytesMin: snapshotLogBytesMin,
            snapshotPieceBytes: snapshotPieceBytes)
    }

    deinit {
        try? hub.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func pass(_ milliseconds: Int64) {
        time = HubTime(milliseconds: time.milliseconds + milliseconds)
    }

    // MARK: Devices that speak the protocol by hand

    /// Invites somebody in the hub's name and lets a new device redeem it.
    func join(_ role: Role, name: String = "somebody") throws -> RawDevice {
        let issued = try hub.invite(
            role, email: "\(name)@example.org", name: nil, validMilliseconds: Self.day, now: time)
        return try redeem(issued.text)
    }

    /// Redeems an invitation with a new key.
    func redeem(_ text: String, key: SigningKey = SigningKey()) throws -> RawDevice {
        let request = try Self.redemption(text, key: key)
        let bytes = try hub.redeem(request, now: time)
        let answer = try RedeemAnswer.open(
            Envelope(encodedBytes: bytes), hubKey: hub.key.publicKey, device: key.publicKey)
        return RawDevice(
            key: key, programme: hub.identity.programme, hubKey: hub.key.publicKey,
            certificate: answer.certificate,
            member: try answer.certificate.verify(hubKey: hub.key.publicKey).member)
    }

    /// Lets a device go on under a new key, as a laptop does that was restored or copied.
    func rekey(_ device: RawDevice) throws -> RawDevice {
        let key = SigningKey()
        let request = RekeyRequest.seal(
            programme: hub.identity.programme, old: device.key, new: key, deviceName: "laptop")
        let bytes = try hub.rekey(request.encodedBytes, now: time)
        let answer = try RedeemAnswer.open(
            Envelope(encodedBytes: bytes), hubKey: hub.key.publicKey, device: key.publicKey)
        return RawDevice(
            key: key, programme: hub.identity.programme, hubKey: hub.key.publicKey,
            certificate: answer.certificate, member: device.member)
    }

    static func redemption(_ text: String, key: SigningKey) throws -> [UInt8] {
        let (invitation, bearer) = try InvitationToken.read(text)
        return RedeemRequest.make(
            token: invitation.token, bearer: bearer, device: key, deviceName: "laptop"
        ).sealed(by: key).encodedBytes
    }

    /// A mentor and a participant whom they invited.
    func pair(participant name: String = "participant") throws -> (
        mentor: RawDevice, participant: RawDevice
    ) {
        let mentor = try join(.mentor, name: "mentor")
        return (mentor, try redeem(mentor.invitation(.join(.participant), at: time).text))
    }

    /// Sends a device's batches; the device then goes on from them.
    @discardableResult
    func push(_ device: RawDevice, _ batches: SealedBatch...) throws -> SyncAnswer {
        let request = device.request(batches)
        return try device.open(
            hub.sync(request.sealed(by: device.key).encodedBytes, now: time), request)
    }

    /// The reason why the hub refused a change set, nil if it was admitted.
    func refusal(of batch: SealedBatch, in answer: SyncAnswer) throws -> RefusalReason? {
        let admission = try admission(of: batch)
        return admission.sections.flatMap(\.refusals).first?.reason
    }

    /// The hub's decision as it stands in its log.
    func admission(of batch: SealedBatch) throws -> Admission {
        try hub.database.read { store in
            let header = try batch.header()
            return try store.entry(device: header.device, sequence: header.sequence, sections: nil)
                .admission.verify(hubKey: hub.key.publicKey, isWhole: true)
        }
    }

    // MARK: Real replicas

    /// Joins a real replica; nothing is synced yet.
    func replica(_ text: String, name: String) throws -> Replica {
        let (invitation, bearer) = try InvitationToken.read(text)
        return try Replica.create(
            at: "\(folder)/\(name)-\(RandomBytes.generate(count: 4).hexadecimal)",
            joining: Replica.Joining(
                invitation: invitation, bearer: bearer, name: name, deviceName: "laptop",
                hubURL: invitation.hubURL),
            now: ClaimedTime(milliseconds: time.milliseconds))
    }

    func replica(_ role: Role, name: String) throws -> Replica {
        let issued = try hub.invite(
            role, email: "\(name)@example.org", name: nil, validMilliseconds: Self.day, now: time)
        return try replica(issued.text, name: name)
    }

    @discardableResult
    func sync(_ replica: Replica) async throws -> SyncReport {
        let time = time
        return try await replica.sync(
            over: DirectConnection(hub: hub, time: time),
            now: { ClaimedTime(milliseconds: time.milliseconds) })
    }

    private struct DirectConnection: HubConnection {
        let hub: Hub
        let time: HubTime

        func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.sync(envelope, now: time)
        }

        func redeem(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.redeem(envelope, now: time)
        }

        func rekey(_ envelope: [UInt8]) async throws -> [UInt8] {
            try hub.rekey(envelope, now: time)
        }

        func carry(_ parcel: [UInt8]) async throws -> [UInt8] {
            try hub.carry(parcel, now: time)
        }
    }
}

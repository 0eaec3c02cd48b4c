import Cryptography
import Foundation
import Model
import Wire

@testable import Replica

/// A throw-away programme: a hub's key, and replicas joined by tokens that the key signed.
final class ReplicaHarness {
    let folder: String
    let hub = SigningKey()
    private var counter: UInt64 = 0

    init() throws {
        folder = NSTemporaryDirectory() + "waymark-" + RandomBytes.generate(count: 8).hexadecimal
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Makes a replica of a new member who has not reached the hub.
    func join(_ name: String, as role: Role) throws -> Replica {
        try Replica.create(
            at: "\(folder)/\(name)", joining: joining(name, as: role),
            now: ClaimedTime(milliseconds: 2_000_000))
    }

    /// An invitation of its own, and what the joiner says of themselves.
    func joining(_ name: String, as role: Role) throws -> Replica.Joining {
        counter += 1
        let bearer = SigningKey()
        let (_, invitation) = try InvitationToken.make(
            invitation: RecordID(device: DeviceID(hub.publicKey), counter: counter),
            purpose: .join(role), email: "\(name.lowercased())@example.org", name: name,
            issuedAtMilliseconds: 1_000_000, expiresAtMilliseconds: 90_000_000,
            hubKey: hub.publicKey, hubURL: "https://localhost:8470", programmeName: "Test",
            issuerKey: hub, bearer: bearer)
        return Replica.Joining(
            invitation: invitation, bearer: bearer, name: name, deviceName: "laptop",
            hubURL: invitation.hubURL)
    }
}

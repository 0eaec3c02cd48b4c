import Cryptography
import Foundation
import Model
import Replica
import TestSupport
import Wire

/// A folder with replicas of one programme, whose hub passes on without checking: what a replica
/// costs can be measured apart from what a hub costs. The folder goes with ``remove()``.
struct Workplace {
    /// The laptops' clock.
    static let now = ClaimedTime(milliseconds: 1_800_000_000_000)

    let folder: String
    let hub: RelayHub

    init() {
        let name = Hexadecimal.encode(RandomBytes.generate(count: 8))
        folder = NSTemporaryDirectory() + "waymark-bench-" + name
        hub = RelayHub(key: SigningKey(), time: Self.now.milliseconds)
    }

    /// A replica of a new member that has synced once.
    func join(_ name: String, as role: Role) async throws -> Replica {
        let bearer = SigningKey()
        let counter = UInt64(name.utf8.reduce(1) { $0 &* 31 &+ Int($1) } & 0xFFFF)
        let (_, invitation) = try InvitationToken.make(
            invitation: RecordID(device: hub.device, counter: counter),
            purpose: .join(role), email: "\(name)@example.org", name: name,
            issuedAtMilliseconds: Self.now.milliseconds,
            expiresAtMilliseconds: Self.now.milliseconds + 86_400_000,
            hubKey: hub.key.publicKey, hubURL: "https://localhost:8470",
            programmeName: "Benchmark", issuerKey: hub.key, bearer: bearer)
        let replica = try Replica.create(
            at: "\(folder)/\(name)",
            joining: Replica.Joining(
                invitation: invitation, bearer: bearer, name: name, deviceName: "laptop",
                hubURL: invitation.hubURL),
            now: Self.now)
        try await sync(replica)
        return replica
    }

    @discardableResult
    func sync(_ replica: Replica) async throws -> SyncReport {
        try await replica.sync(over: hub, now: { Self.now })
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

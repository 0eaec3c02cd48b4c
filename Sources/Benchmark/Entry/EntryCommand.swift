import ArgumentParser
import Cryptography
import Foundation
import Model
import Replica
import TestSupport
import Wire

/// Works on one long journal entry in a replica, as somebody does who saves it a thousand times.
struct EntryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entry",
        abstract: "Save one journal entry many times in a replica and print one JSON object",
        discussion: """
            Each save adds a line somewhere in the text and is one durable transaction. Times are \
            in milliseconds: of the last hundred saves, with the changes that wait for the next \
            sync; of reading the entry; and of reading it with the history to edit it by.
            """)

    @Option(help: "How many times to save")
    var saves = 1000

    @Option(help: "How many bytes the text has in the end")
    var bytes = 20_000

    @Option(help: "How many saves come between two syncs; 0 never syncs")
    var syncEvery = 50

    func validate() throws {
        guard saves >= 100, bytes >= saves * 2, syncEvery >= 0 else {
            throw ValidationError("Save at least a hundred times, at least two bytes each.")
        }
    }

    func run() async throws {
        let name = Hexadecimal.encode(RandomBytes.generate(count: 8))
        let folder = NSTemporaryDirectory() + "waymark-bench-" + name
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let hubKey = SigningKey()
        let hub = RelayHub(key: hubKey, time: Self.start.milliseconds)
        let replica = try Self.join(in: folder, hubKey)
        _ = try await replica.sync(over: hub, now: { Self.start })
        let report = try await EntryReport(self, replica, hub, at: Self.start)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }

    private static let start = ClaimedTime(milliseconds: 1_800_000_000_000)

    private static func join(in folder: String, _ hub: SigningKey) throws -> Replica {
        let bearer = SigningKey()
        let (_, invitation) = try InvitationToken.make(
            invitation: RecordID(device: DeviceID(hub.publicKey), counter: 1),
            purpose: .join(.participant), email: "ana@example.org", name: "Ana",
            issuedAtMilliseconds: start.milliseconds,
            expiresAtMilliseconds: start.milliseconds + 86_400_000, hubKey: hub.publicKey,
            hubURL: "https://localhost:8470", programmeName: "Benchmark", issuerKey: hub,
            bearer: bearer)
        return try Replica.create(
            at: folder,
            joining: Replica.Joining(
                invitation: invitation, bearer: bearer, name: "Ana", deviceName: "laptop",
                hubURL: invitation.hubURL),
            now: start)
    }
}

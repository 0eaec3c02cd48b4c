import Foundation
import Model
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// The hub comes back from a backup, from a copy of its folder, or with nothing but its key; or
/// another one stands at its address.
extension Simulation {
    func backUpHub() throws {
        let file = "\(folder)/backup-\(stepIndex).sqlite"
        let isMade = try onHub { hub in
            _ = try hub.backup(to: file, now: hubNow)
            return true
        }
        if isMade == true {
            hubMachine.backup = file
            tally.note("hub backed up")
        }
        // Somebody with a file manager takes everything.
        guard hubMachine.hub != nil, !hubMachine.disk.isDead else { return }
        let copy = "\(folder)/hub-copy-\(stepIndex)"
        try FileManager.default.copyItem(atPath: hubMachine.folder.path, toPath: copy)
        hubMachine.copy = copy
    }

    func restoreHub() throws {
        guard let backup = hubMachine.backup else { return }
        try setHubBack("hub restored from a backup") { _ = try Hub.restore(from: backup, to: $0) }
    }

    func putBackHub() throws {
        guard let copy = hubMachine.copy else { return }
        try setHubBack("hub folder put back") {
            try FileManager.default.copyItem(atPath: copy, toPath: $0.path)
        }
    }

    /// Leaves nothing of the hub but its key.
    func wipeHub() throws {
        let url = URL(fileURLWithPath: hubMachine.folder.keyPath)
        let key = try Data(contentsOf: url)
        try setHubBack("hub wiped but for its key") { folder in
            try folder.create()
            try key.write(to: url)
            try Hub.create(
                in: folder, name: "Simulated", url: "https://localhost:8470", isBehindProxy: true
            ).close()
        }
    }

    private func setHubBack(_ name: String, _ make: (HubFolder) throws -> Void) throws {
        for laptop in laptops { try promises.look(at: laptop.opened()) }
        hubMachine.disk.disarm()
        try hubMachine.setBack(from: NaiveReadership(openedHub()), to: make)
        let hub = try openedHub()
        hubMachine.lastHead = try hub.database.read { try $0.head() }
        try noteWhoIsBarred()
        note("  \(name)")
        tally.note(name)
    }

    /// An admin says that enough has come back.
    func endRecovery() throws {
        try onHub { hub in
            guard try hub.recoveryStatus().isRecovering else { return }
            try hub.endRecovery(now: hubNow)
            tally.note("recovery ended")
        }
    }

    // MARK: Another hub

    /// A laptop's request comes to another hub, which knows nothing of it, or lies.
    func meetForeignHub(_ laptop: LaptopMachine, _ seed: inout Seed) throws {
        let foreign = try foreignHub()
        try onLaptop(laptop) { replica in
            guard replica.identity.isRedeemed else { return }
            let now = laptop.clock.reading(at: time, &seed)
            let request = try replica.syncRequest(
                now: now, showsCertificate: seed.oneIn(2))
            let before = try Standing.of(replica)
            do {
                _ = try foreign.sync(request.bytes, now: hubNow)
                throw Violation("foreign hub", "it serves \(laptop.name)")
            } catch is HubError {
            } catch is any HubErrorConvertible {
                // It did not sign the laptop's certificate.
            }
            let lie = SyncAnswer(
                nonce: request.nonce, hubTime: hubNow,
                position: Position(epoch: 9, number: 4711)
            ).sealed(by: foreign.key).encodedBytes
            var report = SyncReport()
            do {
                _ = try replica.apply(lie, to: request, report: &report)
                throw Violation("foreign hub", "\(laptop.name) believes it")
            } catch let error as ReplicaError where error.reason == .badAnswer {}
            guard try Standing.of(replica) == before else {
                throw Violation("foreign hub", "\(laptop.name) took something from it")
            }
        }
        tally.note("foreign hub met")
    }

    private func foreignHub() throws -> Hub {
        if let foreign { return foreign }
        let made = try Hub.create(
            in: HubFolder(folder + "/foreign"), name: "Another", url: "https://localhost:8470",
            isBehindProxy: true)
        foreign = made
        return made
    }
}

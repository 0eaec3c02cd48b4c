import Foundation
import GRDB

extension Replica {
    /// Keeps another address of the hub for later syncs. Writes only if it differs.
    ///
    /// Call it after the hub has answered there: its signature proves that it is the same hub.
    package func remember(hubURL: String) throws {
        guard identity.hubURL != hubURL else { return }
        try ReplicaError.mapping(path: home) {
            try writer.write { try Meta($0).set(.hubURL, text: hubURL) }
        }
        try refreshCredentials()
    }

    /// Removes a replica that was made for nothing: the hub has refused its invitation, and nobody
    /// has worked in it.
    ///
    /// The files go in an order that leaves no half replica behind: without its database a home
    /// counts as empty.
    package func discard() throws {
        try writer.close()
        let names = [
            "replica.sqlite", "replica.sqlite-wal", "replica.sqlite-shm", "device.key",
            "device.key.next", "hub.pem", "contact.json", "sync.lock",
        ]
        for name in names { try? FileManager.default.removeItem(atPath: "\(home)/\(name)") }
        // Fails, as it should, if anything else is in the folder; whoever has it reserved removes
        // it.
        rmdir(home)
    }
}

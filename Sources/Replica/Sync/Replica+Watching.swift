import Foundation
import GRDB
package import Model
package import Wire

/// What whoever stays and watches asks a replica again and again.
extension Replica {
    /// Signs the hub's challenge, so that this device may listen for news.
    package func listeningProof(of challenge: ListeningChallenge) throws -> ListeningProof {
        // Another program may have got this laptop a new key meanwhile.
        try refreshCredentials()
        return ListeningProof(
            challenge, programme: identity.programme, key: credentials.key)
    }

    /// Up to where this replica has the hub's order.
    package var position: Position {
        get throws { try writer.read { try Meta($0).position() } }
    }

    /// A number that changes whenever another program has written to the file. SQLite has it in
    /// memory that the programs share, so that asking reads no file.
    package func foreignCommits() throws -> Int64 {
        try writer.unsafeRead { try Int64.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }

    /// Whether the hub does not have everything that was written here.
    package func hasUnsentWork() throws -> Bool {
        let device = identity.device
        return try writer.read { database in
            if try Meta(database).integer(.pendingBytes) ?? 0 > 0 { return true }
            return try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM batch WHERE device = ? AND state = 0)",
                arguments: [device.column]) ?? false
        }
    }
}

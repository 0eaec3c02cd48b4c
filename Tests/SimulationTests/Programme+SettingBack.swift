import Foundation
import GRDB
import Model
import Synchronization
import Wire

@testable import Replica
@testable import SyncServer

extension HubError: HubRefusal {
    package var hubCode: String { code }
}

/// Hubs that are set back: restored, copied by hand, wiped.
extension Programme {
    /// Writes a backup and says where.
    func backup(_ name: String = "backup") throws -> String {
        let file = "\(folder)/\(name)"
        _ = try hub.backup(to: file, now: hubTime)
        return file
    }

    func restore(_ file: String) throws {
        try replaceHub { _ = try Hub.restore(from: file, to: $0) }
        try hub.beginServing(now: hubTime)
    }

    /// Copies the hub's folder as somebody with a file manager would.
    func copyFolder() throws -> String {
        let copy = hub.folder.path + "-copy"
        try hub.beginServing(now: hubTime)
        try FileManager.default.copyItem(atPath: hub.folder.path, toPath: copy)
        return copy
    }

    /// Puts such a copy in the hub's place.
    func putBack(_ copy: String, isNoticed: Bool = true) throws {
        try replaceHub { try FileManager.default.copyItem(atPath: copy, toPath: $0.path) }
        guard isNoticed else {
            // The whole disk was put back, and the mark with it.
            return hub.isServing.withLock { $0 = true }
        }
        try hub.beginServing(now: hubTime)
    }

    /// Leaves nothing of the hub but its key.
    func wipeHub() throws {
        let key = try Data(contentsOf: URL(fileURLWithPath: hub.folder.keyPath))
        try replaceHub { next in
            try next.create()
            try key.write(to: URL(fileURLWithPath: next.keyPath))
            try Hub.create(
                in: next, name: "Simulated", url: "https://localhost:8470", isBehindProxy: true
            ).close()
        }
    }

    /// A laptop drops what the hub has admitted before it has got it again, as a copy does that gets a
    /// new key meanwhile.
    func dropAdmitted(on laptop: Laptop) throws { try laptop.replica.dropAdmitted() }

    func syncAll(rounds: Int = 3) async throws {
        for _ in 0..<rounds {
            for laptop in laptops { try await sync(laptop) }
        }
    }

    /// What is wrong after everybody has synced; nothing, one hopes.
    func problems() throws -> [String] {
        var problems: [String] = []
        let standing = try Standing.of(hub)
        for laptop in laptops {
            let name = laptop.name
            let readable = try readableScopes(of: laptop.member)
            let wanted = standing.restricted(to: readable)
            let held = try Standing.of(laptop)
            if held.scopes != wanted.scopes {
                problems.append("\(name): \(differences(held.scopes, wanted.scopes))")
            }
            if held.rows != wanted.rows {
                problems.append("\(name): \(differences(held.rows, wanted.rows))")
            }
            if held.conflicts != wanted.conflicts { problems.append("\(name): conflicts") }
            let account = try account(of: laptop)
            if account.waiting > 0 { problems.append("\(name): \(account.waiting) wait") }
            let numbered = try changesNumbered(by: laptop)
            if account.made != numbered {
                problems.append("\(name): made \(account.made) of \(numbered)")
            }
            let faults = try laptop.replica.examine().faults
            if !faults.isEmpty { problems.append("\(name): \(faults)") }
            problems += try ownSectionsLacking(of: laptop).map { "\(name): hub lacks \($0)" }
        }
        let report = try hub.verify()
        if let fault = report.fault { problems.append("hub: \(fault)") }
        let batches = try hub.status().batches
        if report.batches != batches {
            problems.append("hub: \(report.batches) batches checked of \(batches)")
        }
        return problems
    }

    private func differences<K: Hashable, V: Equatable>(_ left: [K: V], _ right: [K: V]) -> String {
        let keys = Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
        return keys.prefix(2).map { key in
            "\(key): \(left[key].map { "\($0)" } ?? "-") | \(right[key].map { "\($0)" } ?? "-")"
        }.joined(separator: "; ")
    }

    /// Sections that the laptop wrote and the hub does not have.
    private func ownSectionsLacking(of laptop: Laptop) throws -> [String] {
        let device = laptop.replica.identity.device
        let sql = """
            SELECT hex(section.hash) FROM section JOIN batch USING (device, sequence)
            WHERE device = ? AND batch.state <> 2
            """
        let held = try hub.database.read {
            Set(try String.fetchAll($0.tables.database, sql: sql, arguments: [device.column]))
        }
        return try laptop.replica.writer.read {
            try String.fetchAll($0, sql: sql, arguments: [device.column])
        }.filter { !held.contains($0) }
    }

    /// Where bookings stand, as a laptop sees it.
    func bookings(_ laptop: Laptop) throws -> [RecordID: BookingState] {
        try laptop.replica.read { reader in
            Dictionary(
                uniqueKeysWithValues: try reader.bookingOutlooks().compactMap { outlook in
                    outlook.ruled.map { (outlook.booking.id, $0) }
                })
        }
    }
}

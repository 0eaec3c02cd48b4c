import Foundation
import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

/// What became of a laptop's work, on the laptop and at the hub.
extension Simulation {
    /// What the hub has admitted is not listed as rejected.
    func checkRejections(_ laptop: LaptopMachine, _ replica: Replica, _ hub: Hub) throws {
        // What a barred laptop was not told it cannot show.
        guard !laptop.isBarred else { return }
        let rejected = Set(
            try replica.writer.read { try StoreTransaction($0).rejectedItems() }.map(\.id))
        guard !rejected.isEmpty else { return }
        try hub.database.read { store in
            for device in laptop.devices {
                let rows = try Row.fetchAll(
                    store.database,
                    sql: StoreTransaction.LoggedSection.selectSQL
                        + " WHERE device = ? AND epoch IS NOT NULL",
                    arguments: [device.column])
                for row in rows {
                    let logged = try StoreTransaction.LoggedSection(row)
                    guard let bytes = logged.admissionBytes,
                        let batch = try store.tables.batch(
                            device: device, sequence: logged.sequence),
                        let section = try? SectionBytes(logged.bytes).open()
                    else { continue }
                    let admission = try SectionAdmission(encodedBytes: bytes)
                    for set in section.changeSets
                    where admission.refusal(ofOrdinal: set.ordinal) == nil {
                        let ids = set.changes.map {
                            RejectedItem.id(
                                batch: batch.id, ordinal: set.ordinal, record: $0.record,
                                entity: $0.entity)
                        }
                        guard rejected.isDisjoint(with: ids) else {
                            throw Violation(
                                "account", "\(laptop.name): rejected and in force at once")
                        }
                    }
                }
            }
        }
    }

    /// Sections that a laptop wrote and sent, and that the hub does not have.
    func sectionsLacking(of replica: Replica, at hub: Hub) throws -> [String] {
        let sql = """
            SELECT hex(section.hash) FROM section JOIN batch USING (device, sequence)
            WHERE device = ? AND batch.state <> 2 ORDER BY 1
            """
        let device = replica.identity.device.column
        let held = try hub.database.read {
            Set(try String.fetchAll($0.database, sql: sql, arguments: [device]))
        }
        return try replica.writer.read {
            try String.fetchAll($0, sql: sql, arguments: [device])
        }.filter { !held.contains($0) }
    }
}

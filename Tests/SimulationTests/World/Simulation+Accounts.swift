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
        let readable = try hub.readableScopes(of: laptop.member)
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
                    // Of a former key's work in a scope that has left a laptop hears no more once it
                    // has taken it for rejected; a hub that was set back may admit it all the same.
                    let isHeardOf =
                        device == laptop.device || !hubMachine.wasSetBack
                        || readable.contains(section.scope)
                    guard isHeardOf else { continue }
                    let admission = try SectionAdmission(encodedBytes: bytes)
                    for set in section.changeSets
                    where admission.refusal(ofOrdinal: set.ordinal) == nil {
                        let ids = set.changes.map {
                            RejectedItem.id(
                                batch: batch.id, ordinal: set.ordinal, record: $0.record,
                                entity: $0.entity, scope: section.scope)
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

    /// What a laptop wrote into scopes that have just left it, and of which it has not heard what
    /// the hub says, is rejected work from this moment on, and not from the hub's answer to it.
    func checkDeparted(
        _ scopes: some Collection<Scope>, _ laptop: LaptopMachine, _ replica: Replica
    ) throws {
        guard !scopes.isEmpty else { return }
        let identity = replica.identity
        try replica.writer.read { database in
            let store = StoreTransaction(database)
            let own = try store.ownDevices(identity)
            let rejected = Set(try store.rejectedItems().map(\.id))
            for row in try store.allScopes()
            where scopes.contains(row.scope) && row.status == .level && row.chain == .zero {
                for logged in try store.undecidedSections(of: row) {
                    guard own.wrote(logged.device, logged.sequence),
                        let batch = try store.batch(
                            device: logged.device, sequence: logged.sequence),
                        let section = try? logged.content.open()
                    else { continue }
                    tally.note("unsent work in a scope that left")
                    let ids = section.changeSets.flatMap { set in
                        set.changes.map {
                            RejectedItem.id(
                                batch: batch.id, ordinal: set.ordinal, record: $0.record,
                                entity: $0.entity, scope: section.scope)
                        }
                    }
                    guard rejected.isSuperset(of: ids) else {
                        throw Violation(
                            "account", "\(laptop.name): unsent work left with \(row.scope)")
                    }
                }
            }
        }
    }

    /// Counts what the hub has said, for the report.
    func noteVerdicts(_ database: Database) throws {
        let rows = try Row.fetchAll(
            database, sql: "SELECT state, reason, count(*) FROM bookingVerdict GROUP BY 1, 2")
        for row in rows {
            guard let state = BookingState(rawValue: row[0]) else { continue }
            let reason = (row[1] as Int64?).flatMap(VerdictReason.init(rawValue:))
            tally.note(
                verdict: state.name + (reason.map { " because \($0)" } ?? ""), count: row[2])
        }
        let moved = try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM (SELECT booking FROM bookingVerdict WHERE slot IS NOT NULL
                    GROUP BY booking HAVING count(DISTINCT slot) > 1)
                """)
        if let moved, moved > 0 { tally.note(verdict: "moved to another slot", count: moved) }
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

extension Replica {
    /// Whether it wrote something that the hub does not have and that is not whole here any more.
    func lacksPartOfUndecided() throws -> Bool {
        try writer.read {
            try StoreTransaction($0).lacksPartOfUndecided(by: identity.device)
        }
    }
}

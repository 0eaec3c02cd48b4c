import Foundation
import GRDB
import Model

@testable import Replica
@testable import SyncServer

extension Hub {
    /// Slots of which one epoch of the hub sold more seats than there are.
    ///
    /// What was sold in an epoch that the hub has lost comes back beside what was sold since, and
    /// all of it stands; but in itself each epoch is in order. The hub's own records of an epoch
    /// count from a number of their own, so a verdict tells in which epoch it was given. Not all of
    /// it need come back: of somebody who gave a seat up and of who then got it, the hub may get back
    /// only what they had before.
    func oversoldInOneEpoch(verdicts: VerdictWitness) throws -> [String] {
        struct Sale: Hashable {
            let slot: Data
            let epoch: UInt64
        }
        return try database.read { store in
            try store.tables.flush()
            var bookings: [Sale: Set<Data>] = [:]
            var capacities: [Data: Int64] = [:]
            var first: [Data: UInt64] = [:]
            let rows = try Row.fetchAll(
                store.database,
                sql: """
                    SELECT verdict.id, verdict.booking, verdict.slot, slot.capacity
                    FROM bookingVerdict AS verdict JOIN slot ON slot.id = verdict.slot
                    JOIN seat ON seat.booking = verdict.booking AND seat.slot = verdict.slot
                    WHERE verdict.state IN (2, 3)
                    """)
            for row in rows {
                guard let epoch = Self.epoch(ofVerdict: row[0]) else { continue }
                first[row[1]] = min(first[row[1]] ?? epoch, epoch)
                capacities[row[2]] = row[3]
            }
            for row in rows {
                let sale = Sale(slot: row[2], epoch: first[row[1]] ?? 0)
                let hasFreed = verdicts.hasFreed(
                    sale.slot, booking: row[1], inEpoch: sale.epoch)
                if hasFreed { continue }
                bookings[sale, default: []].insert(row[1])
            }
            return bookings.filter { $0.value.count > capacities[$0.key.slot] ?? 0 }
                .map { "slot sold \($0.value.count) times in epoch \($0.key.epoch)" }.sorted()
        }
    }

    /// In which epoch the hub gave a verdict.
    static func epoch(ofVerdict id: Data) -> UInt64? {
        RecordID(bytes: id).map { $0.counter >> 32 }
    }
}

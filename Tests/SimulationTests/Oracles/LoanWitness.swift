import GRDB
import Model
import Wire

@testable import Replica
@testable import SyncServer

/// Reads in the hub's own words whether it kept to its loans: while a slot is on loan to a mentor's
/// laptop, which gives its seats away without asking, the hub gives them to nobody who asks it.
struct LoanWitness {
    private let hub: Hub
    /// Slots on loan, as far as has been read.
    private var lent: Set<RecordID> = []

    static func check(_ hub: Hub) throws {
        var witness = LoanWitness(hub: hub)
        try hub.database.read { try witness.read($0) }
    }

    private init(hub: Hub) {
        self.hub = hub
    }

    private mutating func read(_ store: HubStore) throws {
        let rows = try Row.fetchAll(
            store.database,
            sql: """
                SELECT sequence FROM batch WHERE device = ? AND epoch IS NOT NULL
                ORDER BY epoch, number
                """, arguments: [hub.device.column])
        for row in rows {
            guard
                let batch = try store.tables.batch(
                    device: hub.device, sequence: UInt64(bitPattern: row[0]))
            else { continue }
            var sets: [UInt32: [Change]] = [:]
            for logged in try store.tables.sections(of: batch) {
                for set in try logged.content.open().changeSets {
                    sets[set.ordinal, default: []] += set.changes
                }
            }
            for (_, changes) in sets.sorted(by: { $0.key < $1.key }) { try read(changes, store) }
        }
    }

    private mutating func read(_ changes: [Change], _ store: HubStore) throws {
        var verdicts: [RecordID: [FieldID: Value]] = [:]
        for change in changes {
            guard case .set(let value) = change.operation else { continue }
            switch (change.entity, change.field) {
            case (Schema.slot.id, Fields.Slot.holder):
                if value.isNull { lent.remove(change.record) } else { lent.insert(change.record) }
            case (Schema.bookingVerdict.id, let field):
                verdicts[change.record, default: [:]][field] = value
            default: break
            }
        }
        for (verdict, values) in verdicts {
            guard let slot = values[Fields.BookingVerdict.slot]?.reference, lent.contains(slot),
                let booking = values[Fields.BookingVerdict.booking]?.reference,
                let state = values[Fields.BookingVerdict.state]?.integer,
                BookingState(rawValue: state)?.takesSeat ?? false,
                // Acts of those who have a seat already change nothing about it.
                [booking, nil].contains(values[Fields.BookingVerdict.act]?.reference)
            else { continue }
            let facts = HubFacts(store)
            let role = try facts.member(of: booking.device).flatMap { try facts.role(of: $0) }
            guard role != .participant, booking.device != hub.device else {
                throw Violation("loans", "verdict \(verdict.text) gives a seat that is on loan")
            }
        }
    }
}

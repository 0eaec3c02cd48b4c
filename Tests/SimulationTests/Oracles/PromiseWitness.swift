import Model

@testable import Replica
@testable import SyncServer

/// Watches what members were told about their bookings: one that somebody saw confirmed only ever
/// ends by somebody's act, whatever happens to the hub.
struct PromiseWitness {
    private static let kept: Set<BookingState> = [.confirmed, .cancelled, .completed, .missed]

    private var confirmed: Set<RecordID> = []

    /// Takes note of what a laptop shows as confirmed.
    mutating func look(at replica: Replica) throws {
        confirmed.formUnion(try replica.rulings().filter { $0.value == .confirmed }.keys)
    }

    /// Compares what a laptop shows with what was promised, and with the hub's own books.
    func check(_ replica: Replica, of name: String, against hub: Hub) throws {
        for (booking, state) in try replica.rulings() {
            guard !confirmed.contains(booking) || Self.kept.contains(state) else {
                throw Violation("promises", "\(name): what was confirmed is \(state)")
            }
            let (known, hasSeat) = try hub.database.read {
                (try $0.status(of: booking)?.state, try $0.hasSeat(booking))
            }
            guard known == state, hasSeat == state.takesSeat else {
                throw Violation(
                    "promises",
                    "\(name) shows \(state), the hub \(known.map { "\($0)" } ?? "nothing") and "
                        + (hasSeat ? "a seat" : "no seat"))
            }
        }
    }
}

extension Replica {
    /// Where bookings stand by the verdicts on them.
    func rulings() throws -> [RecordID: BookingState] {
        try read { reader in
            Dictionary(
                uniqueKeysWithValues: try reader.bookingOutlooks().compactMap { outlook in
                    outlook.ruled.map { (outlook.booking.id, $0) }
                })
        }
    }
}

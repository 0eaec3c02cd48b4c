import Foundation
import GRDB
import Model

@testable import Replica
@testable import SyncServer

/// Watches verdicts over all machines and all time: what one was seen to say it says for ever, and
/// a booking goes from one state to the next by somebody's act.
struct VerdictWitness {
    private struct Verdict: Equatable {
        let booking: Data
        let act: Data?
        let state: Int64
        let slot: Data?
    }

    private var seen: [Data: Verdict] = [:]

    /// Compares all verdicts of a replica or the hub with what was seen before.
    mutating func look(at database: Database, of machine: String) throws {
        let rows = try Row.fetchAll(
            database, sql: "SELECT id, booking, act, state, slot FROM bookingVerdict WHERE life = 0"
        )
        for row in rows {
            let id: Data = row[0]
            let verdict = Verdict(booking: row[1], act: row[2], state: row[3], slot: row[4])
            if let known = seen[id], known != verdict {
                throw Violation("verdict immutability", "\(machine) shows another \(verdict)")
            }
            seen[id] = verdict
        }
    }

    /// Whether a booking was seen to give a seat up in an epoch, perhaps by a verdict that the hub has
    /// lost since.
    func hasFreed(_ slot: Data, booking: Data, inEpoch epoch: UInt64) -> Bool {
        let freeing: [BookingState] = [.refused, .declined, .cancelled, .waitlisted]
        return seen.contains { id, verdict in
            verdict.booking == booking && Hub.epoch(ofVerdict: id) == epoch
                && (freeing.contains { $0.rawValue == verdict.state } || verdict.slot != slot)
        }
    }

    /// Checks the hub's verdicts booking by booking in the order of their making.
    static func checkOrder(_ database: Database) throws {
        var states: [Data: BookingState] = [:]
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT verdict.booking, verdict.act, verdict.state,
                    CASE WHEN openRequest.id IS NULL THEN bookingAct.kind ELSE ? END,
                    verdict.reason
                FROM bookingVerdict AS verdict LEFT JOIN bookingAct ON bookingAct.id = verdict.act
                LEFT JOIN openRequest ON openRequest.id = verdict.act
                ORDER BY verdict.key
                """, arguments: [BookingActKind.cancel.rawValue])
        for row in rows {
            let booking: Data = row[0]
            guard let state = BookingState(rawValue: row[2]) else {
                throw Violation("verdict order", "a verdict without a state")
            }
            let kind = (row[3] as Int64?).flatMap(BookingActKind.init(rawValue:))
            let act = row[1] as Data?
            guard let before = states[booking], before != .requested || act != booking else {
                let isFirst = [.confirmed, .held, .refused, .waitlisted].contains(state)
                // While a request gathers, acts come before the verdict on it.
                let isEarly =
                    kind == .cancel && state == .cancelled
                    || kind == .grant && state == .confirmed
                    || state == .requested && (row[4] as Int64?) != nil
                guard act == booking ? isFirst : isEarly else {
                    throw Violation(
                        "verdict order", "the first verdict is \(state) by \(kind as Any)")
                }
                states[booking] = state
                continue
            }
            guard isAllowed(from: before, to: state, by: kind) else {
                throw Violation(
                    "verdict order", "from \(before) to \(state) by \(kind?.name ?? "nobody")")
            }
            states[booking] = state
        }
    }

    /// The transitions, written down a second time.
    private static func isAllowed(
        from before: BookingState, to after: BookingState, by kind: BookingActKind?
    ) -> Bool {
        switch (before, kind, after) {
        case (.held, nil, .refused), (.held, .approve, .confirmed), (.held, .decline, .declined),
            (.held, .cancel, .cancelled), (.confirmed, .cancel, .cancelled),
            (.confirmed, .complete, .completed), (.confirmed, .missed, .missed),
            (.held, .acceptMove, .confirmed), (.held, .move, .confirmed),
            (.held, .grant, .confirmed), (.waitlisted, .grant, .confirmed),
            (.refused, .grant, .confirmed), (.requested, .grant, .confirmed),
            (.requested, .cancel, .cancelled),
            (.waitlisted, nil, .held), (.waitlisted, nil, .confirmed),
            (.waitlisted, nil, .refused), (.waitlisted, .cancel, .cancelled):
            true
        default: kind != nil && before == after
        }
    }
}

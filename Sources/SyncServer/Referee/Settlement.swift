import Foundation
import GRDB
import Model
import Replica

/// Brings the books on bookings in step with recorded verdicts: those that the hub had given before
/// it was set back. It judges nothing. What two verdicts have promised is promised twice.
struct Settlement {
    private let ledger: Ledger

    init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    private var store: HubStore { ledger.store }

    /// Notes verdicts among what the hub had said in a scope, and settles their bookings.
    func obey(_ changes: [Change], in scope: Scope, giver: DeviceID) throws {
        var bookings: Set<RecordID> = []
        for change in changes
        where change.entity == Schema.slot.id && change.field == Fields.Slot.holder {
            try settleLoan(of: change.record, in: scope)
        }
        for change in changes {
            guard case .set(let value) = change.operation else { continue }
            if let answered = Self.answered(by: change, value) {
                _ = try store.markRuled(answered)
                try store.stopWaiting(answered)
            }
            guard change.entity == Schema.bookingVerdict.id,
                change.field == Fields.BookingVerdict.booking, let booking = value.reference
            else { continue }
            bookings.insert(booking)
        }
        for booking in bookings.sorted() {
            try settle(booking, in: scope)
            try awaitActs(on: booking, in: scope, giver: giver)
        }
    }

    /// The request or act on which the hub has ruled by setting a field.
    private static func answered(by change: Change, _ value: Value) -> RecordID? {
        switch (change.entity, change.field) {
        case (Schema.bookingVerdict.id, Fields.BookingVerdict.act),
            (Schema.booking.id, Fields.Booking.openRequest):
            value.reference
        case (Schema.openRequest.id, Fields.OpenRequest.reason): change.record
        default: nil
        }
    }

    /// Settles the bookings of slots whose times have become known.
    func obey(slots: [RecordID]) throws {
        for slot in slots.sorted() {
            for status in try store.statuses(ofSlot: slot) {
                try settle(status.booking, in: status.scope)
            }
        }
    }

    /// Lends a slot to whom the hub had lent it when it spoke last.
    private func settleLoan(of slot: RecordID, in scope: Scope) throws {
        guard let mentor = scope.mentor else { return }
        let values = try ledger.facts.values(of: slot, entity: Schema.slot.id, in: scope)
        guard let holder = values?[Fields.Slot.holder]?.integer else {
            try store.endLoan(of: slot)
            return try store.freeMentor(mentor, of: slot)
        }
        try store.lend(
            HubStore.Loan(slot: slot, mentor: mentor, device: DeviceID(column: holder)))
        try store.takeTimeAnyway(
            of: mentor, as: .mentor, for: HubStore.SlotTime(slot, values))
    }

    // MARK: Bookings

    /// Puts a booking where its verdicts say it stands.
    private func settle(_ booking: RecordID, in scope: Scope) throws {
        guard let mentor = scope.mentor, let participant = scope.participant,
            let standing = try standing(of: booking, in: scope)
        else { return }
        let status = HubStore.BookingStatus(
            booking: booking, scope: scope, state: standing.state,
            slot: try standing.slot.map { try time(ofSlot: $0, mentor: mentor) },
            move: standing.move, queue: standing.verdict.counter)
        if let before = try store.status(of: booking), before.state.takesSeat,
            let slot = before.slot
        {
            try store.free(slot, of: booking, participant: participant, mentor: mentor)
        }
        try store.set(status)
        if standing.state != .requested {
            // Whatever the hub said of it came after the request, which nobody rules on any more.
            _ = try store.markRuled(booking)
            try store.stopGathering(booking)
            try store.stopWaiting(booking)
        }
        guard status.state.takesSeat, let slot = status.slot else { return }
        _ = try store.takeSeat(of: slot.slot, capacity: .max, for: booking)
        try store.takeTimeAnyway(of: participant, as: .participant, for: slot)
        try store.takeTimeAnyway(of: mentor, as: .mentor, for: slot)
    }

    private func standing(
        of booking: RecordID, in scope: Scope
    ) throws -> (verdict: RecordID, state: BookingState, slot: RecordID?, move: RecordID?)? {
        try ledger.tables.flush()
        let rows = try store.verdicts(on: booking, in: ledger.tables.scope(scope))
        let known = rows.compactMap { row in row.state.map { (row, $0) } }
        let index = VerdictLine.standing(
            known.map { row, state in
                VerdictLine.Verdict(
                    act: row.act, state: state, isEffective: row.isEffective(on: booking))
            })
        let moves = rows.compactMap { row -> MoveLine.Step? in
            guard !row.hasReason, let act = row.act, let kind = row.kind else { return nil }
            return MoveLine.Step(act: act, kind: kind, isDone: row.isEffective(on: booking))
        }
        return index.map { index in
            let (row, state) = known[index]
            return (row.verdict, state, row.slot, MoveLine.open(moves))
        }
    }

    /// A slot's place in time; without quanta while the hub does not know the slot.
    private func time(ofSlot slot: RecordID, mentor: MemberID) throws -> HubStore.SlotTime {
        HubStore.SlotTime(
            slot,
            try ledger.facts.values(of: slot, entity: Schema.slot.id, in: .slots(of: mentor)))
    }

    /// Acts that could not be ruled on while the hub did not know how their booking stood.
    private func awaitActs(on booking: RecordID, in scope: Scope, giver: DeviceID) throws {
        let row = try ledger.tables.scope(scope)
        for act in try store.acts(on: booking, in: row) where try !store.isRuled(act) {
            let state = try ledger.tables.state(of: act, entity: Schema.bookingAct.id, in: row)
            guard let admitted = state.creation?.position else { continue }
            try store.wait(
                HubStore.WaitingAct(
                    record: act, kind: .act, scope: scope, device: act.device,
                    admitted: admitted, giver: giver))
            // It may have waited for who gave back the request, which has its verdict now.
            try store.set(giver: giver, ofWaiting: act)
        }
    }

    // MARK: Ratings

    /// Takes in what a participant's feedback says of the mentor. Of several on one booking the
    /// latest by the hub's order counts, whichever came back first.
    func rate(_ feedback: RecordID, in scope: Scope, by device: DeviceID) throws {
        guard let mentor = scope.mentor,
            try ledger.facts.member(of: device) == scope.participant,
            let values = try ledger.facts.values(
                of: feedback, entity: Schema.feedback.id, in: scope),
            let booking = values[Fields.Feedback.booking]?.reference
        else { return }
        let row = try ledger.tables.scope(scope)
        try ledger.tables.flush()
        var latest: (position: Position, rating: Int64)?
        for id in try store.feedback(on: booking, in: row) {
            guard try ledger.facts.member(of: id.device) == scope.participant,
                let rating = try ledger.facts.values(
                    of: id, entity: Schema.feedback.id, in: scope)?[Fields.Feedback.rating]?
                    .integer,
                let position = try ledger.tables.state(
                    of: id, entity: Schema.feedback.id, in: row
                ).creation?.position
            else { continue }
            if latest.map({ $0.position <= position }) ?? true { latest = (position, rating) }
        }
        if let latest { try store.setRating(latest.rating, of: booking, mentor: mentor) }
    }
}

extension HubStore {
    /// A verdict as its record has it.
    struct VerdictRow {
        let verdict: RecordID
        let act: RecordID?
        /// Nil where this version does not know it.
        let state: BookingState?
        let slot: RecordID?
        let hasReason: Bool
        /// What it rules on, if that is an act which this version knows.
        let kind: BookingActKind?
        /// The slot that the act proposes.
        let proposed: RecordID?

        /// Whether it brought the booking where it says it is.
        func isEffective(on booking: RecordID) -> Bool {
            guard !hasReason || act == nil || act == booking else { return false }
            return kind.map { !MoveLine.isNote($0, proposed: proposed, given: slot) } ?? true
        }
    }

    /// The verdicts on a booking in the order in which the hub gave them.
    func verdicts(on booking: RecordID, in scope: ScopeRow) throws -> [VerdictRow] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT verdict.id, verdict.act, verdict.state, verdict.slot, verdict.reason,
                        verdict."at", act.kind, act.slot
                    FROM bookingVerdict AS verdict LEFT JOIN bookingAct AS act
                        ON act.id = verdict.act AND act.scope = verdict.scope
                    WHERE verdict.booking = ? AND verdict.scope = ? AND verdict.life = 0
                    """), arguments: [Data(booking.bytes), scope.key])
        return rows.compactMap { row -> (RecordID, Int64, VerdictRow)? in
            guard let id = RecordID(bytes: row[0] as Data) else { return nil }
            return (
                id, row[5] ?? 0,
                VerdictRow(
                    verdict: id, act: (row[1] as Data?).flatMap { RecordID(bytes: $0) },
                    state: (row[2] as Int64?).flatMap(BookingState.init(rawValue:)),
                    slot: (row[3] as Data?).flatMap { RecordID(bytes: $0) },
                    hasReason: (row[4] as Int64?) != nil,
                    kind: (row[6] as Int64?).flatMap(BookingActKind.init(rawValue:)),
                    proposed: (row[7] as Data?).flatMap { RecordID(bytes: $0) })
            )
        }
        .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.2)
    }

    /// Bookings that have, or had, a seat of a slot.
    func statuses(ofSlot slot: RecordID) throws -> [BookingStatus] {
        try Data.fetchAll(
            database, sql: "SELECT booking FROM bookingStatus WHERE slot = ? ORDER BY booking",
            arguments: [Data(slot.bytes)]
        ).compactMap { RecordID(bytes: $0) }.compactMap { try status(of: $0) }
    }

    /// Acts on a booking.
    func acts(on booking: RecordID, in scope: ScopeRow) throws -> [RecordID] {
        try ids(
            "SELECT id FROM bookingAct WHERE booking = ? AND scope = ? AND life = 0 ORDER BY id",
            booking, scope)
    }

    /// Feedback on a booking.
    func feedback(on booking: RecordID, in scope: ScopeRow) throws -> [RecordID] {
        try ids(
            "SELECT id FROM feedback WHERE booking = ? AND scope = ? AND life = 0 ORDER BY id",
            booking, scope)
    }

    private func ids(_ sql: String, _ booking: RecordID, _ scope: ScopeRow) throws -> [RecordID] {
        try Data.fetchAll(
            database.cachedStatement(sql: sql), arguments: [Data(booking.bytes), scope.key]
        ).compactMap { RecordID(bytes: $0) }
    }
}

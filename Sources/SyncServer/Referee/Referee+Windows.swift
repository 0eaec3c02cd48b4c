import Model
import Replica

/// Slots that are decided at a time that their mentor has set: until then requests gather, so that
/// whoever is rarely online has a fair chance.
extension Referee {
    /// Lets a request wait until its slot is decided. It has no verdict until then.
    mutating func gather(_ booking: RecordID, for time: HubStore.SlotTime, in scope: Scope) throws {
        guard let mentor = scope.mentor,
            let values = try ledger.facts.values(
                of: time.slot, entity: Schema.slot.id, in: .slots(of: mentor)),
            let decideAt = values[Fields.Slot.decideAt]?.integer
        else { return }
        try store.gather(booking, for: time.slot, until: decideAt)
        try store.set(
            HubStore.BookingStatus(
                booking: booking, scope: scope, state: .requested, slot: time, move: nil))
        gatheringSlots.append(Slot(record: time.slot, mentor: mentor))
    }

    /// Rules on the requests that have gathered for a slot, one after the other.
    mutating func decide(_ slot: RecordID) throws {
        let requests = try store.gathered(for: slot)
        let mentor = requests.first?.scope.mentor
        let order = try mentor.flatMap { mentor in
            try ledger.facts.values(of: slot, entity: Schema.slot.id, in: .slots(of: mentor))?[
                Fields.Slot.order]?.integer
        }.flatMap(RequestOrder.init(rawValue:))
        let places = try requests.map { status in
            let isByNeed = order == .leastServed
            return RequestPlace(
                meetings: try isByNeed
                    ? status.scope.participant.map(store.meetings) ?? 0 : 0,
                askedAt: try ledger.tables.state(
                    of: status.booking, entity: Schema.booking.id,
                    in: ledger.tables.scope(status.scope)
                ).creation?.time,
                booking: status.booking)
        }
        for (status, _) in zip(requests, places).sorted(by: { $0.1 < $1.1 }) {
            try store.stopGathering(status.booking)
            try rule(
                onRequest: status.booking, in: status.scope, by: status.booking.device, from: slot)
        }
    }
}

/// Where a request stands among those that have gathered.
private struct RequestPlace: Comparable {
    /// How many meetings whoever asks has; 0 where that does not count.
    let meetings: Int
    let askedAt: EffectiveTime?
    let booking: RecordID

    static func < (left: Self, right: Self) -> Bool {
        (left.meetings, left.askedAt ?? .earliest, left.booking)
            < (right.meetings, right.askedAt ?? .earliest, right.booking)
    }
}

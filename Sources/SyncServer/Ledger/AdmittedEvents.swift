import Model
import Replica
import Wire

/// What admitted changes mean for the hub's own books, in the order in which they were admitted.
struct AdmittedEvents {
    enum Event {
        /// Somebody asked for a seat.
        case request(booking: RecordID, scope: Scope, device: DeviceID)
        case act(RecordID, scope: Scope)
        /// Somebody asked for a seat at any mentor, or cancels that.
        case openRequest(RecordID, scope: Scope, device: DeviceID, isNew: Bool)
        case feedback(RecordID, scope: Scope, device: DeviceID)
        /// A device wants to have a slot on loan, or gives it back.
        case loan(slot: RecordID, scope: Scope, device: DeviceID, isWanted: Bool)
    }

    /// Somebody had a record erased.
    struct ErasedRecord {
        let record: RecordID
        let entity: EntityID
        let scope: Scope
        let erasure: Erasure
    }

    /// A record with texts was created in a scope, anew or coming from another one.
    struct Arrival {
        let record: RecordID
        let entity: EntityID
        let scope: Scope
        let device: DeviceID
        /// What its author had seen.
        let context: Context
    }

    /// What the referee has to rule on.
    var events: [Event] = []
    /// Members whose role or state may have changed.
    var members: [MemberID] = []
    /// Pairs whose mentorship may have changed.
    var pairs: [Scope] = []
    /// Scopes that got their first entry.
    var opened: [Scope] = []
    /// Of each record that was erased the last erasure, which takes all that those before it take; in
    /// the order of the first ones.
    private(set) var erasures: [ErasedRecord] = []
    private var erasedAt: [ErasedPlace: Int] = [:]
    var arrivals: [Arrival] = []
    /// What the author of a record's leaving had seen in the scope that it left.
    var departures: [Scope: Context] = [:]

    mutating func note(_ placed: PlacedChange, in scope: Scope) {
        let (change, device) = (placed.change, placed.device)
        if change.operation == .erase {
            noteErasure(
                ErasedRecord(
                    record: change.record, entity: change.entity, scope: scope,
                    erasure: Erasure(placed)))
        }
        let isCreation = change.operation == .create
        if isCreation { noteArrival(placed, in: scope) }
        if change.operation == .leave { departures[scope] = placed.context }
        switch change.entity {
        case Schema.booking.id where isCreation:
            events.append(.request(booking: change.record, scope: scope, device: device))
        case Schema.bookingAct.id where isCreation:
            events.append(.act(change.record, scope: scope))
        case Schema.openRequest.id where isCreation:
            events.append(
                .openRequest(change.record, scope: scope, device: device, isNew: true))
        case Schema.openRequest.id where change.field == Fields.OpenRequest.cancelled:
            events.append(
                .openRequest(change.record, scope: scope, device: device, isNew: false))
        case Schema.feedback.id where isCreation:
            events.append(.feedback(change.record, scope: scope, device: device))
        case Schema.slot.id where change.field == Fields.Slot.lendTo:
            guard case .set(let value) = change.operation else { break }
            events.append(
                .loan(
                    slot: change.record, scope: scope, device: device, isWanted: !value.isNull))
        case Schema.profile.id
        where change.field == Fields.Profile.role || change.field == Fields.Profile.state:
            members.append(MemberID(change.record))
        case Schema.mentorship.id:
            pairs.append(scope)
        default: break
        }
    }

    /// Whether a batch asks for more than one transaction is to rule on, should all be admitted.
    static func areTooMany(in batch: VerifiedBatch) -> Bool {
        guard batch.batch.size.changes > Limits.batchRulingsMax else { return false }
        var events = AdmittedEvents()
        var erasureCount = 0
        for section in batch.batch.sections.compactMap({ try? $0.open() }) {
            let changes = section.placed(
                device: batch.header.device, context: .empty, position: nil)
            for placed in changes.joined() { events.note(placed, in: section.scope) }
            erasureCount += section.changeSets.flatMap(\.changes).count { $0.isErasure }
        }
        return events.events.count + erasureCount > Limits.batchRulingsMax
    }

    private struct ErasedPlace: Hashable {
        let record: RecordID
        let entity: EntityID
        let scope: Scope
    }

    private mutating func noteErasure(_ erased: ErasedRecord) {
        let place = ErasedPlace(
            record: erased.record, entity: erased.entity, scope: erased.scope)
        if let index = erasedAt[place] {
            erasures[index] = erased
        } else {
            erasedAt[place] = erasures.count
            erasures.append(erased)
        }
    }

    private mutating func noteArrival(_ placed: PlacedChange, in scope: Scope) {
        let change = placed.change
        guard Schema.entity(change.entity)?.erasers.isEmpty == false else { return }
        arrivals.append(
            Arrival(
                record: change.record, entity: change.entity, scope: scope,
                device: placed.device, context: placed.context))
    }
}

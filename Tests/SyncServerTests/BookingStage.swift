import Cryptography
import Model
import Replica
import TestSupport
import Wire

@testable import SyncServer

/// A hub, a mentor and some participants of theirs, who speak the protocol by hand.
struct BookingStage {
    let harness: HubHarness
    let mentor: RawDevice
    let participants: [RawDevice]

    /// What the hub says to a request or an act.
    struct Ruled: Equatable {
        var state: BookingState?
        var slot: RecordID?
        var reason: VerdictReason?
    }

    init(participants count: Int = 3) throws {
        harness = try HubHarness()
        let mentor = try harness.join(.mentor, name: "mentor")
        var participants: [RawDevice] = []
        for _ in 0..<count {
            let invitation = try mentor.invitation(.join(.participant), at: harness.time)
            participants.append(try harness.redeem(invitation.text))
        }
        (self.mentor, self.participants) = (mentor, participants)
    }

    func scope(_ participant: Int) -> Scope {
        .pair(mentor: mentor.member, participant: participants[participant].member)
    }

    /// A slot that starts so many minutes from now.
    func slot(
        inMinutes count: Int64, minutes: Int64 = 30, capacity: Int64 = 1, isInstant: Bool = true,
        _ terms: [FieldID: Value] = [:]
    ) throws -> RecordID {
        let made = mentor.slot(
            at: harness.time.milliseconds + count * 60_000, minutes: minutes, capacity: capacity,
            isInstant: isInstant, terms)
        try harness.push(mentor, made.batch)
        return made.id
    }

    func request(
        _ slot: RecordID, or alternates: [RecordID] = [], by participant: Int, waits: Bool = false
    ) throws -> RecordID {
        let device = participants[participant]
        let made = device.booking(slot, or: alternates, with: mentor.member, waits: waits)
        try harness.push(device, made.batch)
        return made.id
    }

    /// A request with these values by any device.
    func request(
        _ values: [FieldID: Value], for participant: Int, by device: RawDevice,
        claimed: Int64 = 1_800_000_000_000
    ) throws -> RecordID {
        let id = device.newID()
        let changes = device.create(Schema.booking, id, values)
        try harness.push(device, device.batch([[(scope(participant), changes)]], claimed: claimed))
        return id
    }

    @discardableResult
    func say(
        _ kind: BookingActKind, _ booking: RecordID, of participant: Int, by device: RawDevice,
        to slot: RecordID? = nil
    ) throws -> Ruled? {
        var further: [FieldID: Value] = [:]
        further[Fields.BookingAct.slot] = slot.map { .reference($0) }
        let made = device.act(kind, on: booking, in: scope(participant), further)
        try harness.push(device, made.batch)
        return try verdict(on: made.id, of: participant)
    }

    /// Asks for a slot on loan, or gives it back.
    func lend(_ slot: RecordID, to device: RawDevice, isWanted: Bool = true) throws {
        let value: Value = isWanted ? .integer(device.device.column) : .null
        let change = Change(
            record: slot, entity: Schema.slot.id, field: Fields.Slot.lendTo,
            operation: .set(value))
        try harness.push(device, device.batch(.slots(of: device.member), [change]))
    }

    // MARK: What became of it

    func status(_ booking: RecordID) throws -> HubStore.BookingStatus? {
        try harness.hub.database.read { try $0.status(of: booking) }
    }

    func states(_ bookings: [RecordID]) throws -> [BookingState?] {
        try bookings.map { try status($0)?.state }
    }

    func taken(_ slot: RecordID) throws -> Int {
        try harness.hub.database.read { try $0.seatsTaken(of: slot) }
    }

    func holder(_ slot: RecordID) throws -> DeviceID? {
        try harness.hub.database.read { store in
            let row = try store.tables.scope(.slots(of: mentor.member))
            let state = try store.tables.state(of: slot, entity: Schema.slot.id, in: row)
            let shown = store.tables.view(of: state).values[Fields.Slot.holder]?.integer
            let known = try store.holder(of: slot)
            return known?.column == shown ? known : nil
        }
    }

    /// What the hub says to a request or an act; nil if it said nothing.
    func verdict(on act: RecordID, of participant: Int) throws -> Ruled? {
        try harness.hub.database.read { store in
            let row = try store.tables.scope(scope(participant))
            for id in try store.recordIDs(of: Schema.bookingVerdict, in: row) {
                let state = try store.tables.state(
                    of: id, entity: Schema.bookingVerdict.id, in: row)
                let values = store.tables.view(of: state).values
                guard values[Fields.BookingVerdict.act]?.reference == act else { continue }
                return Ruled(
                    state: values[Fields.BookingVerdict.state]?.integer
                        .flatMap(BookingState.init(rawValue:)),
                    slot: values[Fields.BookingVerdict.slot]?.reference,
                    reason: values[Fields.BookingVerdict.reason]?.integer
                        .flatMap(VerdictReason.init(rawValue:)))
            }
            return nil
        }
    }

    /// Lets time pass, and the hub notice it.
    func pass(minutes: Int64) throws {
        harness.pass(minutes * 60_000)
        try harness.hub.expireHolds(now: harness.time)
    }

    /// Whether the whole log says what the tables say.
    func isSound() throws -> Bool { try harness.hub.verify().fault == nil }
}

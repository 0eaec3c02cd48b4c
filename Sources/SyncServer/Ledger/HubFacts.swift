import Model
import Replica

/// Answers the permission check's questions for the hub: from the merged records, and where seats
/// and bookings are concerned from the hub's own tables.
final class HubFacts: PermissionFacts {
    private let store: HubStore
    private let tables: TableFacts
    private var replayBudget = ReplayBudget()

    init(_ store: HubStore) {
        self.store = store
        tables = TableFacts(store.tables)
    }

    func role(of member: MemberID) throws -> Role? { try tables.role(of: member) }

    func isActive(_ member: MemberID) throws -> Bool { try tables.isActive(member) }

    func member(of device: DeviceID) throws -> MemberID? { try tables.member(of: device) }

    func predecessor(of device: DeviceID) throws -> DeviceID? {
        try tables.predecessor(of: device)
    }

    func isCurrentMentor(_ mentor: MemberID, of participant: MemberID) throws -> Bool {
        try tables.isCurrentMentor(mentor, of: participant)
    }

    func values(
        of record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> FieldValues? {
        try tables.values(of: record, entity: entity, in: scope)
    }

    func isCreated(_ record: RecordID, entity: EntityID) throws -> Bool {
        try tables.isCreated(record, entity: entity)
    }

    func elementCount(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> Int {
        try tables.elementCount(of: field, record: record, entity: entity, in: scope)
    }

    func text(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> FieldText {
        try tables.text(of: field, record: record, entity: entity, in: scope)
    }

    func mayReplay(_ eventCount: Int) -> Bool { replayBudget.take(eventCount) }

    /// Begins a batch: what its edits of texts may cost is counted for each.
    func beginBatch() { replayBudget = ReplayBudget() }

    func state(ofBooking booking: RecordID) throws -> BookingState? {
        try store.status(of: booking)?.state
    }

    func seatsTaken(ofSlot slot: RecordID) throws -> Int { try store.seatsTaken(of: slot) }

    /// Whether a member may read a scope now.
    func mayRead(_ scope: Scope, _ member: MemberID) throws -> Bool {
        guard try isActive(member), let role = try role(of: member) else { return false }
        return try ScopeAccess.mayRead(scope, member: member, role: role) {
            try isCurrentMentor($0, of: $1)
        }
    }
}

import Foundation
import GRDB
package import Model

/// Answers the permission check's questions from the tables.
package struct TableFacts: NotificationFacts {
    let store: StoreTransaction
    /// What a laptop knows of itself before the hub has heard of it.
    let selfKnowledge: (member: MemberID, role: Role)?

    /// What checking edits of texts may cost; nil for one's own, which were typed here.
    private let replayBudget: ReplayBudget?

    package init(
        _ store: StoreTransaction, selfKnowledge: (member: MemberID, role: Role)? = nil,
        replayBudget: ReplayBudget? = nil
    ) {
        self.store = store
        self.selfKnowledge = selfKnowledge
        self.replayBudget = replayBudget
    }

    package func mayReplay(_ eventCount: Int) -> Bool { replayBudget?.take(eventCount) ?? true }

    package func role(of member: MemberID) throws -> Role? {
        if let role = try knownRole(of: member) { return role }
        return selfKnowledge?.member == member ? selfKnowledge?.role : nil
    }

    private func knownRole(of member: MemberID) throws -> Role? {
        if let known = store.knownRoles[member] { return known }
        try store.flush(Schema.profile.id)
        let number = try Int64.fetchOne(
            store.database.cachedStatement(
                sql: "SELECT role FROM profile WHERE id = ? AND role IS NOT NULL"),
            arguments: [Data(member.bytes)])
        let role = number.flatMap(Role.init(rawValue:))
        store.knownRoles[member] = .some(role)
        return role
    }

    /// Whether the member takes part; false for an unknown one.
    package func isActive(_ member: MemberID) throws -> Bool {
        try store.flush(Schema.profile.id)
        let number = try Int64.fetchOne(
            store.database.cachedStatement(sql: "SELECT state FROM profile WHERE id = ?"),
            arguments: [Data(member.bytes)])
        return number == MemberState.active.rawValue
    }

    package func member(of device: DeviceID) throws -> MemberID? { try store.member(of: device) }

    package func predecessor(of device: DeviceID) throws -> DeviceID? {
        try store.predecessor(of: device)
    }

    package func isCurrentMentor(_ mentor: MemberID, of participant: MemberID) throws -> Bool {
        let pair = StoreTransaction.MentorshipPair(mentor: mentor, participant: participant)
        if let known = store.knownMentorships[pair] { return known }
        try store.flush(Schema.mentorship.id)
        let isCurrent =
            try Bool.fetchOne(
                store.database.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM mentorship WHERE mentor = ? AND participant = ?
                            AND life = 0 AND coalesce(ended, 0) = 0)
                        """),
                arguments: [Data(mentor.bytes), Data(participant.bytes)]) ?? false
        store.knownMentorships[pair] = isCurrent
        return isCurrent
    }

    package func values(
        of record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> FieldValues? {
        guard let row = try store.existingScope(scope) else { return nil }
        let state = try store.state(of: record, entity: entity, in: row)
        guard !state.isEmpty else { return nil }
        let view = store.view(of: state)
        return view.life == .unborn ? nil : view.values
    }

    package func isCreated(_ record: RecordID, entity: EntityID) throws -> Bool {
        guard let table = EntityTable.of(entity) else { return false }
        try store.flush(entity)
        return try Bool.fetchOne(
            store.database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM "\(table.name)" WHERE id = ? AND life <> 3)
                    """),
            arguments: [Data(record.bytes)]) ?? false
    }

    package func elementCount(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> Int {
        guard let row = try store.existingScope(scope) else { return 0 }
        return try store.state(of: record, entity: entity, in: row).overlaidCells.count {
            $0.key.field == field && $0.key.kind == .element
        }
    }

    package func text(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> FieldText {
        guard let row = try store.existingScope(scope) else { return FieldText() }
        return try store.text(of: field, record: record, entity: entity, in: row)
    }

    package func state(ofBooking booking: RecordID) throws -> BookingState? {
        try store.flush(Schema.bookingVerdict.id)
        let number = try Int64.fetchOne(
            store.database.cachedStatement(
                sql: """
                    SELECT state FROM bookingVerdict WHERE booking = ? ORDER BY key DESC LIMIT 1
                    """),
            arguments: [Data(booking.bytes)])
        return number.flatMap(BookingState.init(rawValue:))
    }

    package func verdicts(
        onBooking booking: RecordID, in scope: Scope
    ) throws -> [RuledVerdict] {
        guard let row = try store.existingScope(scope) else { return [] }
        try store.flush(Schema.bookingVerdict.id)
        return try Row.fetchAll(
            store.database.cachedStatement(
                sql: """
                    SELECT id, act, state, at FROM bookingVerdict
                    WHERE booking = ? AND scope = ? AND life = 0
                    """),
            arguments: [Data(booking.bytes), row.key]
        ).compactMap { row in
            guard let record = RecordID(bytes: row[0] as Data),
                let state = (row[2] as Int64?).flatMap(BookingState.init(rawValue:))
            else { return nil }
            return RuledVerdict(
                record: record, act: (row[1] as Data?).flatMap { RecordID(bytes: $0) },
                state: state, at: row[3] as Int64? ?? 0)
        }
    }

    package func seatsTaken(ofSlot slot: RecordID) throws -> Int {
        try store.flush(Schema.slot.id)
        return try Int.fetchOne(
            store.database.cachedStatement(
                sql: "SELECT coalesce(max(taken), 0) FROM slot WHERE id = ?"),
            arguments: [Data(slot.bytes)]) ?? 0
    }
}

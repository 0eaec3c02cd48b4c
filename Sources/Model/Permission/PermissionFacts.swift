/// What the permission check asks of whoever holds the tables: the hub for its decision, a replica
/// for its forecast.
package protocol PermissionFacts {
    /// The member's role, nil if the member is unknown.
    func role(of member: MemberID) throws -> Role?
    /// The member whose device this is, nil if unknown.
    func member(of device: DeviceID) throws -> MemberID?
    /// The device as which the same laptop worked under a former key; nil if there was none, or it is
    /// not known.
    func predecessor(of device: DeviceID) throws -> DeviceID?
    /// Whether a mentorship of the two is in force.
    func isCurrentMentor(_ mentor: MemberID, of participant: MemberID) throws -> Bool
    /// The shown values of a record in one scope, nil if it was never created there.
    func values(
        of record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> FieldValues?
    /// Whether the record was ever created, in whatever scope.
    func isCreated(_ record: RecordID, entity: EntityID) throws -> Bool
    /// How many elements a set ever had, those that were removed included.
    func elementCount(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> Int
    /// A text as it stands.
    func text(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: Scope
    ) throws -> FieldText
    /// Whether so many more events may be walked over for what is being checked.
    func mayReplay(_ eventCount: Int) -> Bool
    /// What the latest verdict on the booking says, nil without one.
    func state(ofBooking booking: RecordID) throws -> BookingState?
    /// How many seats of the slot are taken.
    func seatsTaken(ofSlot slot: RecordID) throws -> Int
}

extension PermissionFacts {
    package func mayReplay(_ eventCount: Int) -> Bool { true }

    /// Whether a device is this one, or the same laptop under a later key: it was restored or copied.
    package func goesOn(_ device: DeviceID, for former: DeviceID) throws -> Bool {
        var line = device
        for _ in 0..<Limits.keysOfLaptopMax {
            if line == former { return true }
            guard let before = try predecessor(of: line) else { return false }
            line = before
        }
        return false
    }
}

/// Who made a change set.
package struct ChangeAuthor: Hashable, Sendable {
    package let device: DeviceID
    /// Nil for the hub.
    package let member: MemberID?
    package let role: Role

    package init(device: DeviceID, member: MemberID, role: Role) {
        self.device = device
        self.member = member
        self.role = role
    }

    private init(hub: DeviceID) {
        device = hub
        member = nil
        role = .admin
    }

    package static func hub(_ device: DeviceID) -> ChangeAuthor { ChangeAuthor(hub: device) }

    package var isHub: Bool { member == nil }
}

/// What a member is in the programme. Ruled by the hub.
package enum Role: Int64, NamedCase, Sendable {
    case participant = 1
    case mentor = 2
    case admin = 3

    /// The word in commands, JSON and tokens.
    package var name: String {
        switch self {
        case .participant: "participant"
        case .mentor: "mentor"
        case .admin: "admin"
        }
    }

    /// Whether a member of this role may invite somebody of that one: mentors invite participants,
    /// admins everybody.
    package func mayInvite(_ role: Role) -> Bool {
        switch self {
        case .admin: true
        case .mentor: role == .participant
        case .participant: false
        }
    }
}

/// Whether a member takes part. Ruled by the hub.
package enum MemberState: Int64, Sendable {
    case active = 1
    case suspended = 2

    package var name: String { self == .active ? "active" : "suspended" }
}

/// Whether a device's signature counts. Written by its member or an admin.
package enum DeviceRevocation: Int64, Sendable {
    /// Laid aside in good order: what it signed before the hub heard of it counts.
    case retired = 1
    /// In somebody else's hands: whatever the hub has not received is set aside.
    case stolen = 2
}

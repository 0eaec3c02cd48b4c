/// A set of records with one set of readers. A scope is named by what it stands for (its kind and
/// one or two members), so it can be used offline before the hub has heard of it.
package struct Scope: Hashable, Sendable {
    package enum Kind: UInt8, CaseIterable, Sendable {
        /// Read by all members: public profiles, devices.
        case programme = 1
        /// One per mentor, read by all members: free or taken times, never by whom.
        case slots = 2
        /// One per participant, read by them, their current mentors and admins.
        case participant = 3
        /// One per mentor and participant, read by the two and admins: bookings, feedback.
        case pair = 4
        /// One per member, read by that member alone.
        case own = 5
        /// One per member, read by them, their current counterparts and admins: e-mail, phone.
        case contact = 6
        /// One per issuer, read by them and admins: the invitations they made.
        case invitations = 7

        /// How many members a scope of this kind is named by.
        package var memberCount: Int {
            switch self {
            case .programme: 0
            case .pair: 2
            case .slots, .participant, .own, .contact, .invitations: 1
            }
        }

        /// The word for this kind in JSON and in `protocol/`.
        package var name: String {
            switch self {
            case .programme: "programme"
            case .slots: "slots"
            case .participant: "participant"
            case .pair: "pair"
            case .own: "own"
            case .contact: "contact"
            case .invitations: "invitations"
            }
        }
    }

    package let kind: Kind
    /// The members it stands for; for a pair the mentor, then the participant.
    package let members: [MemberID]

    private init(_ kind: Kind, _ members: [MemberID]) {
        self.kind = kind
        self.members = members
    }

    package static let programme = Scope(.programme, [])
    package static func slots(of mentor: MemberID) -> Scope { Scope(.slots, [mentor]) }
    package static func participant(_ member: MemberID) -> Scope { Scope(.participant, [member]) }
    package static func own(_ member: MemberID) -> Scope { Scope(.own, [member]) }
    package static func contact(of member: MemberID) -> Scope { Scope(.contact, [member]) }
    package static func invitations(by issuer: MemberID) -> Scope { Scope(.invitations, [issuer]) }
    package static func pair(mentor: MemberID, participant: MemberID) -> Scope {
        Scope(.pair, [mentor, participant])
    }

    /// The same scope of another member.
    package func replacing(_ member: MemberID, by other: MemberID) -> Scope {
        Scope(kind, members.map { $0 == member ? other : $0 })
    }

    /// One byte for the kind, then sixteen for each member.
    package var bytes: [UInt8] {
        members.reduce(into: [kind.rawValue]) { $0 += $1.bytes }
    }

    package init?(bytes: [UInt8]) {
        guard let first = bytes.first, let kind = Kind(rawValue: first),
            bytes.count == 1 + 16 * kind.memberCount
        else { return nil }
        var members: [MemberID] = []
        for index in 0..<kind.memberCount {
            guard let member = MemberID(bytes: bytes[(1 + 16 * index)..<(17 + 16 * index)]) else {
                return nil
            }
            members.append(member)
        }
        self.init(kind, members)
    }

    /// The member whose scope it is: the mentor of slots, the participant, the owner, the issuer.
    package var owner: MemberID? { kind == .pair ? nil : members.first }
    package var mentor: MemberID? { kind == .pair || kind == .slots ? members.first : nil }
    package var participant: MemberID? {
        switch kind {
        case .pair: members[1]
        case .participant: members[0]
        default: nil
        }
    }
}

extension Scope: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

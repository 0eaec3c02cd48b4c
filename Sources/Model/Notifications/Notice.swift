/// That somebody has to know of a change.
package struct Notice: Hashable, Sendable {
    package let kind: NotificationKind
    package let audience: Audience
    /// Which change of the change set it is about, counted from 0.
    package let index: Int

    init(_ kind: NotificationKind, _ audience: Audience, _ index: Int) {
        self.kind = kind
        self.audience = audience
        self.index = index
    }

    /// Who has to know; never the author themselves.
    package enum Audience: Hashable, Sendable {
        case member(MemberID)
        /// The current mentors of a participant.
        case mentors(of: MemberID)
        case admins
    }
}

/// Who may read a scope. The hub grants and revokes by this rule and nothing else.
package enum ScopeAccess {
    /// Returns whether a member of this role reads a scope now. `isCurrentMentor` says whether its
    /// first argument mentors the second at present.
    package static func mayRead(
        _ scope: Scope, member: MemberID, role: Role,
        isCurrentMentor: (_ mentor: MemberID, _ participant: MemberID) throws -> Bool
    ) rethrows -> Bool {
        switch scope.kind {
        case .programme, .slots:
            return true
        case .own:
            return scope.owner == member
        case .invitations:
            return scope.owner == member || role == .admin
        case .pair:
            return scope.members.contains(member) || role == .admin
        case .participant:
            if scope.owner == member || role == .admin { return true }
            guard let participant = scope.participant else { return false }
            return try isCurrentMentor(member, participant)
        case .contact:
            guard let owner = scope.owner else { return false }
            if owner == member || role == .admin { return true }
            return try isCurrentMentor(member, owner) || isCurrentMentor(owner, member)
        }
    }
}

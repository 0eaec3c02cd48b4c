import Model
import Replica

/// Brings grants up to date when something changed that they depend on: a scope opened, a member
/// got a role or was suspended, a mentorship began or ended. The rule itself is `ScopeAccess`.
struct Readership {
    private let ledger: Ledger

    init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    func update(after events: AdmittedEvents, at position: Position) throws {
        for scope in events.opened {
            guard let row = try ledger.store.opened(scope) else { continue }
            for member in try readersOfNew(scope) {
                try update(row, for: member, at: position)
            }
        }
        for pair in Set(events.pairs).sorted() {
            guard let mentor = pair.mentor, let participant = pair.participant else { continue }
            try update(.participant(participant), for: mentor, at: position)
            try update(.contact(of: participant), for: mentor, at: position)
            try update(.contact(of: mentor), for: participant, at: position)
        }
        for member in Set(events.members).sorted() {
            for row in try scopesThatMayConcern(member) {
                try update(row, for: member, at: position)
            }
        }
    }

    private func update(_ scope: Scope, for member: MemberID, at position: Position) throws {
        guard let row = try ledger.store.opened(scope) else { return }
        try update(row, for: member, at: position)
    }

    private func update(_ row: ScopeRow, for member: MemberID, at position: Position) throws {
        try ledger.store.setGrant(
            of: row, to: member, isGranted: ledger.facts.mayRead(row.scope, member), at: position)
    }

    /// Who can be a reader of a scope, all members' scopes aside.
    private func readersOfNew(_ scope: Scope) throws -> Set<MemberID> {
        var members = Set(scope.members)
        switch scope.kind {
        case .programme, .slots: return []
        case .own: return members
        case .pair, .invitations: break
        case .participant, .contact:
            guard let owner = scope.owner else { break }
            members.formUnion(try ledger.store.counterparts(of: owner))
        }
        members.formUnion(try ledger.store.admins())
        return members
    }

    /// Scopes that a member reads or may come to read by what they are.
    private func scopesThatMayConcern(_ member: MemberID) throws -> [ScopeRow] {
        var rows: [Int64: ScopeRow] = [:]
        func add(_ row: ScopeRow?) { if let row { rows[row.key] = row } }
        for row in try ledger.store.grantedScopes(of: member) { add(row) }
        for scope in [
            Scope.own(member), .participant(member), .contact(of: member),
            .invitations(by: member),
        ] {
            add(try ledger.store.opened(scope))
        }
        for other in try ledger.store.counterparts(of: member) {
            for scope in [Scope.participant(other), .contact(of: other)] {
                add(try ledger.store.opened(scope))
            }
        }
        // Theirs whatever became of the mentorship; and there are meetings without one.
        for row in try ledger.store.openedScopes(of: .pair)
        where row.scope.members.contains(member) {
            add(row)
        }
        if try ledger.facts.role(of: member) == .admin {
            for kind in [Scope.Kind.participant, .pair, .contact, .invitations] {
                for row in try ledger.store.openedScopes(of: kind) { add(row) }
            }
        }
        return rows.values.sorted { $0.scope < $1.scope }
    }
}

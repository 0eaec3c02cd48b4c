import Model
import Replica

/// What the hub says of a member by a certificate alone, because it has lost all else: the role that
/// the certificate names, and that nobody has suspended them.
extension Ledger {
    /// Says once more what the hub had said of members before it was set back, where only an
    /// assumption stands against it. What an admin has said since then counts for more.
    ///
    /// - Parameters:
    ///   - standings: what has just come back, role and state by member.
    ///   - time: when it is said.
    /// - Throws: what the store throws.
    func replaceAssumptions(
        by standings: [MemberID: FieldValues], at time: HubTime
    ) throws {
        for (member, known) in standings.sorted(by: { $0.key < $1.key }) {
            guard let place = try store.assumption(about: member) else { continue }
            let state = try tables.state(
                of: member.recordID, entity: Schema.profile.id, in: tables.scope(.programme))
            let assumed = [Fields.Profile.role, Fields.Profile.state].compactMap { field in
                state.cells.first { $0.key == Cell.Key(field: field, kind: .register) }
                    .flatMap { $0.shown }
                    .flatMap { $0.position == place ? (field: field, value: $0.value) : nil }
            }
            guard assumed.contains(where: { (known[$0.field] ?? $0.value) != $0.value }) else {
                continue
            }
            // All of it, so that one place tells what is assumed still.
            let changes = assumed.map { field, value in
                setting(
                    field, of: member.recordID, Schema.profile, to: known[field] ?? value)
            }
            let said = try say([HubChangeSet([(.programme, changes)])], at: time)
            try store.noteAssumption(about: member, at: said)
        }
    }
}

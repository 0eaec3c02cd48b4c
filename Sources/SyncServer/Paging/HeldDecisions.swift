import Model
import Replica
import Wire

/// Answers what was decided on batches that a device has without a decision: it got them by bundle,
/// or wrote them before it got a new key.
struct HeldDecisions {
    let store: HubStore
    let member: MemberID

    /// The decisions on those of the batches that the hub has, as far as the member may know of
    /// them: all of it for what they wrote themselves, else what lies in scopes that they read.
    func admissions(of batches: [Digest]) throws -> [SignedAdmission] {
        let facts = HubFacts(store)
        return try batches.compactMap { id in
            guard let batch = try store.tables.batch(id: id), batch.state == .admitted else {
                return nil
            }
            let whole = try store.entry(
                device: batch.device, sequence: batch.sequence, sections: nil
            ).admission
            if try store.tables.member(of: batch.device) == member { return whole }
            let readable = try store.tables.sections(of: batch).filter { section in
                try facts.mayRead(store.tables.scope(key: section.scopeKey).scope, member)
            }
            return readable.isEmpty ? nil : whole.keepingSections(Set(readable.map(\.hash)))
        }
    }

    /// Those of the batches that will hardly ever be decided on: the log has another one under their
    /// number, or their device writes no more, because it was revoked, its member suspended, or its
    /// laptop goes on under another key. Until a recovery ends nobody can tell.
    func void(_ batches: [Digest], at places: [BatchPlace]) throws -> [Digest] {
        guard try !batches.isEmpty && !store.isRecovering() else { return [] }
        let facts = HubFacts(store)
        return try zip(batches, places).compactMap { id, place in
            guard try store.tables.batch(id: id) == nil, try !store.isParked(id) else {
                return nil
            }
            if try store.tables.batch(device: place.device, sequence: place.sequence) != nil {
                return id
            }
            guard let row = try store.device(place.device) else { return nil }
            let isSilent =
                try store.isRevoked(row.record) || !facts.isActive(row.member)
                || store.hasSuccessor(place.device, of: row.member)
            return isSilent ? id : nil
        }
    }
}

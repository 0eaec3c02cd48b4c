import Model

@testable import Replica
@testable import SyncServer

/// What erasures should have taken, by the definition alone.
extension NaiveModel {
    /// A change with which an erasure may have to do.
    struct Erasable {
        let scope: Scope
        let placed: PlacedChange
        /// Whether the hub erased something of its section where its order does not lead any more,
        /// or once more, at the beginning of an epoch, because of that.
        let hasLostErasure: Bool
    }

    struct ErasedRecord: Hashable {
        let scope: Scope
        let record: RecordID
        let entity: EntityID
    }

    /// Compares with what the hub has erased: what the author wrote without having seen an erasure
    /// of the record in the scope, that and nothing else; and nothing of the record is left in
    /// another scope in which it lies by somebody who cannot have known.
    func checkErasures() throws {
        let places = Dictionary(grouping: erasures.keys) { $0.record }
        let lying = Set(
            changes.keys.map {
                ErasedRecord(scope: $0.scope, record: $0.record, entity: $0.entity)
            })
        for change in erasable {
            let (placed, scope) = (change.placed, change.scope)
            let (record, entity) = (placed.change.record, placed.change.entity)
            let place = ErasedRecord(scope: scope, record: record, entity: entity)
            let isTaken = (erasures[place] ?? []).contains { erasure in
                if erasure.device == placed.device { return placed.number < erasure.number }
                // Nobody has seen what was written later.
                if let place = placed.position, place <= erasure.context.position { return true }
                return !placed.context.contains(
                    device: erasure.device, number: erasure.number, position: erasure.position)
            }
            let isErased = placed.change.operation == .erased
            guard isTaken == isErased || isErased && change.hasLostErasure else {
                let what = isErased ? "was erased by nobody" : "is left of an erased record"
                throw Violation("erasure", "\(placed.change) in \(scope) \(what)")
            }
            guard !isErased, placed.context.beyond.isEmpty, lying.contains(place) else { continue }
            let unheard = (places[record] ?? []).contains { other in
                other.scope != scope && other.entity == entity
                    && isUnheard(in: other, by: placed)
            }
            guard !unheard else {
                throw Violation(
                    "erasure", "\(placed.change) in \(scope) is left of what was erased elsewhere")
            }
        }
    }

    /// Whether the author of a change in one scope cannot have heard of an erasure in another.
    private func isUnheard(in place: ErasedRecord, by placed: PlacedChange) -> Bool {
        let known = (departures[place] ?? []).filter { $0.device == placed.device }
        return (erasures[place] ?? []).contains { erasure in
            guard erasure.device != placed.device, erasure.device != hubDevice,
                let position = erasure.position, placed.context.position < position
            else { return false }
            return !known.contains {
                $0.context.contains(
                    device: erasure.device, number: erasure.number, position: position)
            }
        }
    }
}

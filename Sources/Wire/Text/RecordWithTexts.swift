package import Model

/// A record's admitted state together with the texts that its contents stand for, for whoever works
/// it out from a log and keeps no tables.
package struct RecordWithTexts {
    private var record: RecordState
    /// What is admitted of its texts.
    package private(set) var texts: [FieldID: FieldText] = [:]
    /// What an erasure that is still to come may take.
    private var erasable: [PlacedChange] = []

    package init(entity: EntityID) { record = RecordState(entity: entity) }

    /// Takes in an admitted change, in the hub's order.
    ///
    /// - Precondition: the change has a position.
    package mutating func admit(_ placed: PlacedChange) {
        take(placed)
        if placed.change.isErasable { erasable.append(placed) }
        guard placed.change.isErasure else { return }
        erasable.removeAll { $0.isErased(by: Erasure(placed)) }
        for known in erasable { take(known) }
    }

    private mutating func take(_ placed: PlacedChange) {
        record.admit(placed)
        if placed.change.isErasure {
            for field in texts.keys where record.isErasable(field) { texts[field] = nil }
        }
        guard let edit = placed.textEdit else { return }
        texts[placed.change.field, default: FieldText()].merge(edit)
    }

    /// The state, contents of texts included.
    package var state: RecordState {
        var state = record
        for (field, text) in texts {
            let authors = state.textCell(field)?.heads.map(\.device)
            state.setContent(TextContent.value(of: text, by: authors ?? []), ofText: field)
        }
        return state
    }
}

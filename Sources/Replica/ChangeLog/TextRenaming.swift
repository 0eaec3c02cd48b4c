import Model

/// Edits of texts that are written anew under another key: their events get the new device's
/// numbers, and what was edited on top of them names them by these.
struct TextRenaming {
    private struct Place: Hashable {
        let record: RecordID
        let entity: EntityID
        let field: FieldID
        let scope: Scope
    }

    /// Consecutive events under their old and their new name.
    private struct Renamed {
        let old: TextEdit
        let first: UInt64
    }

    private let store: StoreTransaction
    private let device: DeviceID
    private var renamed: [Place: [Renamed]] = [:]
    /// The numbers that the new device uses next.
    private var next: [Place: UInt64] = [:]

    init(_ store: StoreTransaction, by device: DeviceID) {
        self.store = store
        self.device = device
    }

    /// The change with its edit as the new device's; other changes stay as they are. The record has
    /// its new id already.
    mutating func renamed(_ change: Change, by former: DeviceID, in scope: Scope) throws -> Change {
        guard let edit = change.textEdit(by: former) else { return change }
        let place = Place(
            record: change.record, entity: change.entity, field: change.field, scope: scope)
        let known = renamed[place] ?? []
        let first = try next[place] ?? firstNumber(at: place)
        let copy = edit.authored(by: device, from: first) { id in
            for other in known where other.old.contains(id) {
                return TextEventID(
                    device: device, sequence: other.first + (id.sequence - other.old.sequence))
            }
            return id
        }
        next[place] = first + UInt64(edit.count)
        renamed[place, default: []].append(Renamed(old: edit, first: first))
        return Change(
            record: change.record, entity: change.entity, field: change.field,
            operation: .splice(copy.encoded))
    }

    private func firstNumber(at place: Place) throws -> UInt64 {
        let text = try store.text(
            of: place.field, record: place.record, entity: place.entity,
            in: store.scope(place.scope))
        return max(try store.textFloor(), text.document.history.nextSequence(of: device))
    }
}

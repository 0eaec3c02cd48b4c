/// What a person sees of a record: whether it lives, the shown value of every field, and the
/// conflicts that need somebody's eye.
package struct RecordView: Hashable, Sendable {
    package enum Life: Int64, Sendable {
        case live = 0
        case deleted = 1
        /// It goes on in another scope.
        case left = 2
        /// Nobody has created it yet, as far as this replica knows.
        case unborn = 3
    }

    package let life: Life
    /// Shown values of registers and sums, and lists of the present elements of sets, by field.
    package let values: FieldValues
    /// The conflicts, that of the record's life first, then by field. A record that is deleted or
    /// has left has none in its fields: who deleted it had seen them all.
    package let conflicts: [Conflict]
    /// When the last of the shown values was written.
    package let updated: EffectiveTime

    /// Values by field that nobody has knowingly overwritten and that differ.
    package struct Conflict: Hashable, Sendable {
        package enum Kind: String, Sendable {
            /// Several values of one field.
            case value
            /// Deleted by one while another edited.
            case deletion
            /// Changed or deleted in the scope it has left by somebody who did not know of it.
            case departure
            /// The same words of a text rewritten by several at the same time.
            case rewrite
        }

        package let field: FieldID
        package let kind: Kind
        /// The heads, the shown one first, then in falling order of display.
        package let heads: [Head]
    }

    /// Works out the view.
    ///
    /// - Parameters:
    ///   - state: the record.
    ///   - isQuiet: whether several heads of one member in this field resolve to the latest.
    ///   - member: the member whose device this is, if known.
    package init(
        of state: RecordState, isQuiet: (FieldID) -> Bool, member: (DeviceID) -> MemberID?
    ) {
        if state.cells.isEmpty, let view = RecordView(ofFresh: state.tentative) {
            self = view
            return
        }
        let cells = state.overlaidCells
        var values = FieldValues()
        var elements: [FieldID: [Value]] = [:]
        var conflicts: [Conflict] = []
        var updated = EffectiveTime.earliest
        for cell in cells {
            for head in cell.heads { updated = max(updated, head.time) }
            guard cell.key != .life else { continue }
            switch cell.key.kind {
            case .register:
                guard let shown = cell.shown else { continue }
                values[cell.key.field] = shown.value
                guard cell.heads.count > 1 else { continue }
                let rivals = Self.rivals(
                    in: cell.heads, quiet: isQuiet(cell.key.field), member: member)
                if rivals.count > 1 {
                    conflicts.append(Conflict(field: cell.key.field, kind: .value, heads: rivals))
                }
            case .element:
                // Observed-remove: whoever removed an element can only have removed the additions
                // they had seen, so one addition among the heads keeps it.
                guard cell.heads.contains(where: { $0.value.isTrue }) else {
                    if values[cell.key.field] == nil { values[cell.key.field] = .list([]) }
                    continue
                }
                elements[cell.key.field, default: []].append(cell.key.element)
            case .unread, .erasure:
                continue
            case .text:
                let text = state.texts[cell.key.field] ?? ShownText(cell.content.text ?? "")
                values[cell.key.field] = text.value
                let heads = cell.heads.filter { text.rewriters.contains($0.device) }
                guard heads.count > 1 else { continue }
                let rivals = heads.sorted { Head.isShownAfter($1, $0) }
                conflicts.append(Conflict(field: cell.key.field, kind: .rewrite, heads: rivals))
            case .sum:
                let total = cell.heads.reduce(into: Int64(0)) { $0 &+= $1.value.integer ?? 0 }
                values[cell.key.field] = .integer(total)
            }
        }
        for (field, present) in elements { values[field] = .list(present) }
        let (life, lifeConflict) = Self.life(of: cells)
        if life == .deleted || life == .left { conflicts = [] }
        if let lifeConflict { conflicts.insert(lifeConflict, at: 0) }
        self.life = life
        self.values = values
        self.conflicts = conflicts
        self.updated = updated
    }

    /// The view of a record of which nothing is admitted and that one device has written once: each
    /// field has one change at most, so there is nothing to merge. Nil for any other.
    ///
    /// It says what the merged cells would say, for the many records that are made at once.
    private init?(ofFresh changes: [PlacedChange]) {
        guard let first = changes.first else { return nil }
        var values = FieldValues()
        var updated = EffectiveTime.earliest
        var life = Life.unborn
        var last: FieldID?
        for placed in changes {
            let field = placed.change.field
            guard placed.position == nil, placed.context.beyond.isEmpty,
                placed.device == first.device, last.map({ $0 < field }) ?? true
            else { return nil }
            switch placed.change.operation {
            case .create where field == .life: life = .live
            case .set(let value) where field != .life: values[field] = value
            default: return nil
            }
            updated = max(updated, placed.time)
            last = field
        }
        self.life = life
        self.values = values
        self.updated = updated
        conflicts = []
    }

    /// The heads that stand against each other: the latest of each member in a quiet field, one
    /// for each distinct value. The shown one comes first.
    private static func rivals(
        in heads: [Head], quiet: Bool, member: (DeviceID) -> MemberID?
    ) -> [Head] {
        let ordered = heads.sorted { Head.isShownAfter($1, $0) }
        var rivals: [Head] = []
        var members: Set<MemberID> = []
        for head in ordered {
            if quiet, let author = member(head.device), !members.insert(author).inserted {
                continue
            }
            if rivals.contains(where: { $0.value == head.value }) { continue }
            rivals.append(head)
        }
        return rivals
    }

    /// A record is dead while every head of every field lies inside what its deleters had seen. If
    /// it moved, it has left, whoever deleted it meanwhile.
    private static func life(of cells: [Cell]) -> (Life, Conflict?) {
        guard let cell = cells.first(where: { $0.key == .life }) else {
            return (.unborn, nil)
        }
        let marks = cell.heads.filter { LifeMark($0.value) != .live }
        let departures = marks.filter { LifeMark($0.value) == .left }
        let hasLeft = !departures.isEmpty
        guard let mark = (hasLeft ? departures : marks).max(by: Head.isShownAfter) else {
            return (cell.heads.isEmpty ? .unborn : .live, nil)
        }
        var seen = Context.empty
        for mark in marks { if let context = mark.context { seen.join(context) } }
        func isCovered(_ head: Head) -> Bool {
            seen.contains(device: head.device, number: head.number, position: head.position)
                || marks.contains { $0.device == head.device && $0.number > head.number }
        }
        let survivors = cells.flatMap { other in
            other.key == .life
                ? other.heads.filter {
                    // Who deleted it did not know that it moved, and it lives on elsewhere.
                    LifeMark($0.value) == .live || (hasLeft && LifeMark($0.value) == .deleted)
                }
                // An erasure says nothing of whether the record lives.
                : other.key == .erasure ? [] : other.heads.filter { !isCovered($0) }
        }
        guard !survivors.isEmpty else { return (hasLeft ? .left : .deleted, nil) }
        let heads = [mark] + survivors.sorted { Head.isShownAfter($1, $0) }
        // A record that has left stays away: what was done here is shown to its author, not
        // published.
        return hasLeft
            ? (.left, Conflict(field: .life, kind: .departure, heads: heads))
            : (.live, Conflict(field: .life, kind: .deletion, heads: heads))
    }
}

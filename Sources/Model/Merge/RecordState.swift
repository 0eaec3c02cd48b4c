/// Everything that is known of one record in one scope: the admitted cells, on which all replicas
/// agree, and the changes that are not admitted yet, which are laid over them.
///
/// Admission moves a change over (``admit(_:)``); rejection only takes it out
/// (``withdraw(device:numbers:)``), and what it hid shows again.
package struct RecordState: Hashable, Sendable {
    package let entity: EntityID
    /// The first creation in the hub's order; nil while none is admitted.
    package private(set) var creation: Creation?
    /// Ordered by ``Cell/Key``.
    package private(set) var cells: [Cell]
    /// Changes that are not admitted, in the order (context position, device, number).
    package private(set) var tentative: [PlacedChange]
    /// What its texts say, worked out by whoever keeps their histories; not part of its encodings.
    package var texts: [FieldID: ShownText] = [:]

    package struct Creation: Hashable, Sendable {
        package let position: Position
        package let device: DeviceID
        package let number: UInt64
        package let time: EffectiveTime

        package init(
            position: Position, device: DeviceID, number: UInt64, time: EffectiveTime
        ) {
            self.position = position
            self.device = device
            self.number = number
            self.time = time
        }

        static func < (left: Self, right: Self) -> Bool {
            (left.position, left.device, left.number)
                < (right.position, right.device, right.number)
        }
    }

    package init(
        entity: EntityID, creation: Creation? = nil, cells: [Cell] = [],
        tentative: [PlacedChange] = []
    ) {
        self.entity = entity
        self.creation = creation
        self.cells = cells
        self.tentative = tentative
    }

    package var isEmpty: Bool { cells.isEmpty && tentative.isEmpty }
    package var hasAdmitted: Bool { !cells.isEmpty }

    /// Takes in an admitted change; if it was laid over the record, it is no longer.
    ///
    /// - Precondition: the change has a position.
    package mutating func admit(_ placed: PlacedChange) {
        guard let position = placed.position else {
            preconditionFailure("Only an admitted change has a place among the admitted cells.")
        }
        if !tentative.isEmpty {
            withdraw(device: placed.device, numbers: placed.number...placed.number)
        }
        if case .create = placed.change.operation {
            let candidate = Creation(
                position: position, device: placed.device, number: placed.number,
                time: placed.time)
            if creation.map({ candidate < $0 }) ?? true { creation = candidate }
        }
        if cells.isEmpty { cells.reserveCapacity(Self.usualChanges) }
        apply(placed, to: &cells)
    }

    /// Whether a later program has changed the field in a way of its own.
    package func isUnread(_ field: FieldID) -> Bool {
        cells.contains { $0.key.kind == .unread && $0.key.field == field }
    }

    /// Whether everything in it was written in ways, and into fields, that this version knows.
    package func isKnown(to entity: Entity) -> Bool {
        cells.allSatisfy {
            $0.key.field == .life || $0.key.kind != .unread && entity.field($0.key.field) != nil
        }
    }

    /// Lays a change that is not admitted over the record.
    package mutating func overlay(_ placed: PlacedChange) {
        if tentative.isEmpty { tentative.reserveCapacity(Self.usualChanges) }
        let isKnown = tentative.contains {
            $0.device == placed.device && $0.number == placed.number
        }
        guard !isKnown else { return }
        let index = tentative.firstIndex { PlacedChange.isBefore(placed, $0) }
        tentative.insert(placed, at: index ?? tentative.endIndex)
    }

    /// Room that is made at once: for the creation of a record and its fields.
    private static let usualChanges = 8

    /// Takes tentative changes out, because they were refused or left unsent.
    package mutating func withdraw(device: DeviceID, numbers: ClosedRange<UInt64>) {
        tentative.removeAll { $0.device == device && numbers.contains($0.number) }
    }

    /// The same without tentative changes on which the hub has not decided, as far as is known here.
    package var decided: RecordState {
        var state = self
        state.tentative.removeAll { $0.position == nil }
        return state
    }

    /// The cells with the tentative changes applied.
    package var overlaidCells: [Cell] {
        guard !tentative.isEmpty else { return cells }
        var overlaid = cells
        overlaid.reserveCapacity(cells.count + tentative.count)
        for placed in laidOver { apply(placed, to: &overlaid) }
        return overlaid
    }

    /// The tentative changes as they are laid over: erasures first, and nothing that one of them
    /// takes.
    private var laidOver: [PlacedChange] {
        let erasures = tentative.filter(\.change.isErasure)
        guard !erasures.isEmpty else { return tentative }
        return erasures
            + tentative.filter { placed in
                !placed.change.isErasure
                    && !erasures.contains { erasure in
                        placed.isErased(by: Erasure(erasure))
                    }
            }
    }

    /// Notes what stands for the admitted edits of a text; see ``Cell/content``.
    package mutating func setContent(_ content: Value, ofText field: FieldID) {
        let key = Cell.Key(field: field, kind: .text)
        guard let index = cells.firstIndex(where: { $0.key == key }) else { return }
        cells[index].content = content
    }

    /// The admitted cell of a text, nil if nothing of it is admitted.
    package func textCell(_ field: FieldID) -> Cell? {
        let key = Cell.Key(field: field, kind: .text)
        return cells.first { $0.key == key }
    }

    /// The tentative edits of a text, in the order in which they are laid over; and whether they are
    /// laid over nothing, because a tentative erasure takes what was there before.
    package func tentativeEdits(
        ofText field: FieldID
    ) -> (edits: [TextEdit], isErased: Bool) {
        let isErased = isErasable(field) && tentative.contains { $0.change.isErasure }
        return (laidOver.filter { $0.change.field == field }.compactMap(\.textEdit), isErased)
    }

    /// Whether an erasure of the record takes the field.
    package func isErasable(_ field: FieldID) -> Bool {
        Self.isErasable(field, of: Schema.entity(entity))
    }

    /// The fields that hold a text, admitted or tentative.
    package var textFields: [FieldID] {
        var fields = cells.filter { $0.key.kind == .text }.map(\.key.field)
        for placed in tentative {
            if case .splice = placed.change.operation, !fields.contains(placed.change.field) {
                fields.append(placed.change.field)
            }
        }
        return fields
    }

    /// When the record was erased, as far as that is admitted: one head a device.
    package var erasures: [Head] { cells.first { $0.key == .erasure }?.heads ?? [] }

    /// Drops the admitted cells of a field that was erased.
    package mutating func erase(_ field: FieldID) {
        cells.removeAll { $0.key.field == field && $0.key.field != .life }
    }

    private func apply(_ placed: PlacedChange, to cells: inout [Cell]) {
        switch placed.change.operation {
        case .erased: return
        case .erase:
            let entity = Schema.entity(entity)
            cells.removeAll { $0.key.field != .life && Self.isErasable($0.key.field, of: entity) }
        default: break
        }
        Self.merge(placed, into: &cells)
    }

    /// A field that is not known here may hold a text.
    private static func isErasable(_ field: FieldID, of entity: Entity?) -> Bool {
        entity?.field(field)?.isErasable ?? true
    }

    private static func merge(_ placed: PlacedChange, into cells: inout [Cell]) {
        let (key, value) = placed.change.cell
        let keepsContext = placed.position == nil || key.field == .life
        let head = Head(
            device: placed.device, number: placed.number, position: placed.position,
            time: placed.time, value: value, context: keepsContext ? placed.context : nil)
        // Changes usually come in the order of their fields, so the search starts at the end.
        var index = cells.count
        if let last = cells.last, key < last.key {
            var low = 0
            index -= 1
            while low < index {
                let middle = (low + index) / 2
                if key < cells[middle].key { index = middle } else { low = middle + 1 }
            }
        }
        if index > 0, cells[index - 1].key == key {
            cells[index - 1].apply(head, context: placed.context)
        } else {
            var cell = Cell(key: key)
            cell.apply(head, context: placed.context)
            cells.insert(cell, at: index)
        }
    }
}

extension Cell.Key: Comparable {
    /// Orders by field, kind, then the encoded bytes of the element.
    package static func < (left: Self, right: Self) -> Bool {
        if left.field != right.field { return left.field < right.field }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        if left.kind != .element { return false }
        if case .text(let left) = left.element, case .text(let right) = right.element,
            let isBefore = isEncodedBefore(left, right)
        {
            return isBefore
        }
        var leftBytes = ByteWriter()
        leftBytes.append(value: left.element)
        var rightBytes = ByteWriter()
        rightBytes.append(value: right.element)
        return leftBytes.bytes.lexicographicallyPrecedes(rightBytes.bytes)
    }

    /// The order of the encodings of two texts, found without encoding them; nil where their
    /// lengths take more than one byte.
    private static func isEncodedBefore(_ left: String, _ right: String) -> Bool? {
        let (leftCount, rightCount) = (left.utf8.count, right.utf8.count)
        guard leftCount < 0x80, rightCount < 0x80 else { return nil }
        guard leftCount == rightCount else { return leftCount < rightCount }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

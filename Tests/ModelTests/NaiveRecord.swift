import Model

/// The merge by its definition, for comparison: keeps every change it was ever given and works out
/// everything anew when asked. It shares no code with the merge but what a context contains.
struct NaiveRecord {
    let entity: EntityID
    private(set) var changes: Set<PlacedChange> = []

    init(_ entity: EntityID, _ changes: some Sequence<PlacedChange> = []) {
        self.entity = entity
        self.changes = Set(changes)
    }

    mutating func take(_ change: PlacedChange) { changes.insert(change) }

    /// The cells by key, those that have changes only.
    var cells: [Cell.Key: Cell] {
        var byKey: [Cell.Key: [PlacedChange]] = [:]
        for change in changes {
            let key = change.change.cell.key
            byKey[key, default: []].append(change)
        }
        return byKey.reduce(into: [:]) { cells, entry in
            cells[entry.key] = Self.cell(entry.key, entry.value)
        }
    }

    /// The cell that these changes make: "A change inside the covered context is dropped, a
    /// device's own earlier ones are always inside; any other is a head."
    static func cell(_ key: Cell.Key, _ changes: [PlacedChange]) -> Cell {
        let contexts = key.kind.keepsAllDevices ? [] : changes.map(\.context)
        let position = contexts.map(\.position).max() ?? .start
        var beyond: [DeviceID: UInt64] = [:]
        for entry in contexts.flatMap(\.beyond) {
            beyond[entry.device] = max(entry.number, beyond[entry.device] ?? 0)
        }
        let heads = changes.filter { change in
            if let released = change.position, released <= position { return false }
            if change.number <= beyond[change.device] ?? 0 { return false }
            return !changes.contains { $0.device == change.device && $0.number > change.number }
        }
        return Cell(
            key: key,
            heads: heads.map(head).sorted { ($0.device, $0.number) < ($1.device, $1.number) },
            covered: Context(
                position: position,
                beyond: beyond.map { DeviceNumber(device: $0.key, number: $0.value) }))
    }

    private static func head(_ change: PlacedChange) -> Head {
        let isLife = change.change.field == .life
        return Head(
            device: change.device, number: change.number, position: change.position,
            time: change.time, value: change.change.cell.value,
            context: isLife || change.position == nil ? change.context : nil)
    }

    /// The first creation in the hub's order.
    var creation: RecordState.Creation? {
        changes.filter { $0.change.operation == .create }.compactMap { change in
            change.position.map {
                RecordState.Creation(
                    position: $0, device: change.device, number: change.number, time: change.time)
            }
        }.min { ($0.position, $0.device, $0.number) < ($1.position, $1.device, $1.number) }
    }

    /// Whether the record lives, by the definition: dead while everything lies inside what its
    /// deleters had seen.
    var life: RecordView.Life {
        let life = cells.values.first { $0.key.field == .life }
        guard let life, !life.heads.isEmpty else { return .unborn }
        let marks = life.heads.filter { $0.value != .integer(0) }
        guard !marks.isEmpty else { return .live }
        if marks.contains(where: { $0.value == .integer(2) }) { return .left }
        let survives = cells.values.contains { cell in
            cell.heads.contains { head in
                if cell.key.field == .life { return head.value == .integer(0) }
                return !marks.contains { mark in
                    if mark.device == head.device, mark.number > head.number { return true }
                    return mark.context?.contains(
                        device: head.device, number: head.number, position: head.position) ?? false
                }
            }
        }
        return survives ? .live : .deleted
    }

    /// Unadmitted after admitted; then by context position or by time; then by device and number.
    static func isShownAfter(_ left: Head, _ right: Head) -> Bool {
        if left.isAdmitted != right.isAdmitted { return left.isAdmitted }
        if left.isAdmitted {
            if left.time != right.time { return left.time < right.time }
        } else {
            let (one, other) = (left.context?.position, right.context?.position)
            if let one, let other, one != other { return one < other }
        }
        if left.device != right.device { return left.device < right.device }
        return left.number < right.number
    }
}

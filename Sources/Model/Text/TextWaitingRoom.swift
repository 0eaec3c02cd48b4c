/// Edits that cannot be taken in yet, by a parent that each of them lacks.
struct TextWaitingRoom {
    private var waiting: [DeviceID: [UInt64: [TextEdit]]] = [:]

    mutating func add(_ edit: TextEdit, waitingFor missing: TextEventID) {
        waiting[missing.device, default: [:]][missing.sequence, default: []].append(edit)
    }

    /// Takes out those that waited for an event of this edit; they may lack another parent still.
    mutating func release(by edit: TextEdit) -> [TextEdit] {
        guard let those = waiting[edit.device], !those.isEmpty else { return [] }
        let range = edit.sequence..<edit.sequence + UInt64(edit.count)
        let sequences =
            those.count < edit.count
            ? those.keys.filter(range.contains) : range.filter { those[$0] != nil }
        return sequences.flatMap { waiting[edit.device]?.removeValue(forKey: $0) ?? [] }
    }

    var edits: [TextEdit] { waiting.values.flatMap { $0.values.flatMap { $0 } } }
}

extension Change {
    /// The cell that the change belongs to and the value its head has there.
    package var cell: (key: Cell.Key, value: Value) {
        switch operation {
        case .create: (.life, LifeMark.live.value)
        case .delete: (.life, LifeMark.deleted.value)
        case .restore: (.life, LifeMark.live.value)
        case .leave: (.life, LifeMark.left.value)
        case .erase: (.erasure, .integer(1))
        // Applied by nobody; it names the field where it stands.
        case .erased: (Cell.Key(field: field, kind: .register), .null)
        case .set(let value): (Cell.Key(field: field, kind: .register), value)
        case .add(let element):
            (Cell.Key(field: field, kind: .element, element: element), .boolean(true))
        case .remove(let element):
            (Cell.Key(field: field, kind: .element, element: element), .boolean(false))
        case .contribute(let amount): (Cell.Key(field: field, kind: .sum), .integer(amount))
        case .splice: (Cell.Key(field: field, kind: .text), .null)
        case .opaque(let code, _):
            (Cell.Key(field: field, kind: .unread), .integer(Int64(code)))
        }
    }
}

extension Change {
    /// What it did to a text as a change of this device; nil for any other operation, and for bytes
    /// that say nothing.
    package func textEdit(by device: DeviceID) -> TextEdit? {
        guard case .splice(let operand) = operation else { return nil }
        return try? TextEdit(encoded: operand, by: device)
    }
}

extension PlacedChange {
    /// What it did to a text; nil for any other operation, and for bytes that say nothing.
    package var textEdit: TextEdit? { change.textEdit(by: device) }

    /// Whether this version keeps and carries the change without applying it.
    package var isSetAside: Bool {
        switch change.operation {
        case .opaque: true
        case .splice: textEdit == nil
        default: false
        }
    }
}

/// What the heads of a record's life say.
package enum LifeMark: Int64, Sendable {
    case live = 0
    case deleted = 1
    /// The record goes on in another scope.
    case left = 2

    package var value: Value { .integer(rawValue) }

    package init?(_ value: Value) {
        guard let number = value.integer else { return nil }
        self.init(rawValue: number)
    }
}

/// Values by field, of one record. A record has few fields, so they are walked through instead of
/// looked up by a hash; a hundred thousand records are a hundred thousand of these.
package struct FieldValues: Hashable, Sendable {
    /// Ascending by field, each field once.
    private var entries: [Entry] = []

    private struct Entry: Hashable, Sendable {
        let field: FieldID
        var value: Value
    }

    package init() {}

    package init(_ values: [FieldID: Value]) {
        entries = values.map { Entry(field: $0.key, value: $0.value) }
            .sorted { $0.field < $1.field }
    }

    package subscript(field: FieldID) -> Value? {
        get {
            for entry in entries where entry.field == field { return entry.value }
            return nil
        }
        set {
            let index = entries.firstIndex { $0.field >= field } ?? entries.count
            let isKnown = index < entries.count && entries[index].field == field
            switch (newValue, isKnown) {
            case (let value?, true): entries[index].value = value
            case (let value?, false):
                if entries.isEmpty { entries.reserveCapacity(Self.usualFields) }
                entries.insert(Entry(field: field, value: value), at: index)
            case (nil, true): entries.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Room that is made at once.
    private static let usualFields = 8

    package var isEmpty: Bool { entries.isEmpty }

    /// The values in the order of their fields.
    package var values: [Value] { entries.map(\.value) }

    /// The values of the fields that pass the test.
    package func filter(_ isWanted: (FieldID) throws -> Bool) rethrows -> FieldValues {
        var wanted = self
        try wanted.entries.removeAll { try !isWanted($0.field) }
        return wanted
    }
}

extension FieldValues: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (FieldID, Value)...) {
        for (field, value) in elements { self[field] = value }
    }
}

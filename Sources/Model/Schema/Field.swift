/// A field of an entity, declared as data.
package struct Field: Hashable, Sendable {
    package let id: FieldID
    /// The column's name in SQLite and the word in `history` and `conflict`.
    package let name: String
    package let type: FieldType
    package let merge: MergeRule
    /// Who may change it once the record exists; its creators write it when they create.
    package let writers: [Party]
    /// Whether an erasure of the record takes what the field holds: its texts, and what is made of
    /// them.
    package let isErasable: Bool

    /// Declares a field; whether it is erasable follows from its type unless it is said. Programs that
    /// do not know a field take it for erasable, so all that came after schema version 5 are.
    package init(
        _ id: UInt32, _ name: String, _ type: FieldType, _ merge: MergeRule, writers: [Party],
        isErasable: Bool? = nil
    ) {
        self.id = FieldID(id)
        self.name = name
        self.type = type
        self.merge = merge
        self.writers = writers
        self.isErasable = isErasable ?? (merge != .ruled && type.holdsText)
    }

    /// Whether several heads of one member resolve to the latest without asking.
    package var isQuiet: Bool { merge == .register(.short) }
}

/// What a field holds and so which column it gets.
package enum FieldType: UInt8, Sendable {
    case text, integer, boolean
    /// Milliseconds since 1970 UTC.
    case instant
    /// Calendar date as text `YYYY-MM-DD`.
    case date
    /// A record's id.
    case reference
    case bytes
    /// A list of values: the elements of a set, alternates, scores.
    case list
    /// A list of an amount in minor units and a currency; see ``Money``.
    case money

    /// Whether it holds words of a person, or something that tells of them.
    var holdsText: Bool {
        switch self {
        case .text, .date, .bytes, .list, .money: true
        case .integer, .boolean, .instant, .reference: false
        }
    }

    /// Whether a value may stand in a field of this type. Null always may: it empties the field.
    package func admits(_ value: Value) -> Bool {
        switch (self, value) {
        case (_, .null): true
        case (.text, .text), (.date, .text): true
        case (.integer, .integer), (.instant, .integer): true
        case (.boolean, .integer(let number)): number == 0 || number == 1
        case (.reference, .reference), (.bytes, .bytes), (.list, .list): true
        case (.money, .list): Money(value) != nil
        default: false
        }
    }
}

/// How concurrent changes of a field come together.
package enum MergeRule: Hashable, Sendable {
    package enum Length: Sendable { case short, long }

    /// One value; values written without knowledge of each other are siblings. In short fields
    /// those of one member resolve to the latest, long texts always keep them.
    case register(Length)
    /// Elements, observed-remove.
    case set
    /// A fact, written when the record is created; a correction is a new record.
    case once
    /// The sum of every device's contribution.
    case sum
    /// A text edited concurrently; edits by several devices all stay. See ``TextHistory``.
    case text
    /// Written by the hub only.
    case ruled
    /// Opaque to the hub; merged by readers only. No entity uses it yet.
    case sealed

    /// Whether an operation is of the kind that this rule merges.
    package func admits(_ operation: Change.Operation) -> Bool {
        switch (self, operation) {
        case (.register, .set), (.once, .set), (.ruled, .set): true
        case (.set, .add), (.set, .remove): true
        case (.sum, .contribute): true
        case (.text, .splice): true
        case (.sealed, .opaque(Change.Operation.sealedCode, _)): true
        default: false
        }
    }
}

/// Somebody in relation to a record, its scope or the programme.
package enum Party: UInt8, CaseIterable, Sendable {
    /// The hub's own device.
    case hub
    case admin
    /// The member who created the record.
    case author
    /// The member whose scope it is, or whose record it is in the programme scope.
    case owner
    /// A current mentor of the scope's participant.
    case mentor
    /// The mentor or the participant of a pair.
    case pair
}

/// One field of one record gets one value; or the record itself is created, deleted, moved.
package struct Change: Hashable, Sendable {
    package let record: RecordID
    package let entity: EntityID
    /// The field; ``FieldID/life`` where the change concerns the record as a whole.
    package let field: FieldID
    package let operation: Operation

    package init(record: RecordID, entity: EntityID, field: FieldID, operation: Operation) {
        self.record = record
        self.entity = entity
        self.field = field
        self.operation = operation
    }

    package enum Operation: Hashable, Sendable {
        /// The record exists. Field `life`.
        case create
        /// The record is deleted, as far as its deleter had seen it. Field `life`.
        case delete
        /// The record is alive again (or still). Field `life`.
        case restore
        /// The record goes on in another scope under the same id. Field `life`.
        case leave
        /// All that the record's text fields held until here is gone for good, from the log, too;
        /// see `protocol/erasure.md`. Field `life`.
        case erase
        /// Stands in a restated section where an operation of an erased field was: it keeps its
        /// number and does nothing.
        case erased
        /// A register, a fact or a ruled field gets this value.
        case set(Value)
        /// A set gains or keeps this element.
        case add(Value)
        /// A set loses this element.
        case remove(Value)
        /// This device's contribution to a sum is this much from now on.
        case contribute(Int64)
        /// What one save did to a text: the bytes of a ``TextEdit`` by the change's device.
        case splice([UInt8])
        /// An operation of a later version (sealed values): kept and carried, not applied. The
        /// code is its number on the wire, 9 or from 12 to 127.
        case opaque(code: UInt8, operand: [UInt8])

        /// The operation's number on the wire; see `protocol/sections.md`.
        package var code: UInt8 {
            switch self {
            case .create: 0
            case .delete: 1
            case .restore: 2
            case .leave: 3
            case .set: 4
            case .add: 5
            case .remove: 6
            case .contribute: 7
            case .splice: Self.spliceCode
            case .erase: 10
            case .erased: 11
            case .opaque(let code, _): code
            }
        }

        /// Code of text splices.
        package static let spliceCode: UInt8 = 8
        /// Code of sealed values, reserved.
        package static let sealedCode: UInt8 = 9
    }
}

/// A stable number for an entity; never reused.
package struct EntityID: Hashable, Comparable, Sendable {
    package let rawValue: UInt32
    package init(_ rawValue: UInt32) { self.rawValue = rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A stable number for a field within its entity; never reused.
package struct FieldID: Hashable, Comparable, Sendable {
    package let rawValue: UInt32
    package init(_ rawValue: UInt32) { self.rawValue = rawValue }
    /// Stands for the record as a whole.
    package static let life = FieldID(0)
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

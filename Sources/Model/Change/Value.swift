/// What a field can hold. Booleans are integers 0 and 1; instants are milliseconds since
/// 1970-01-01T00:00:00Z; durations are minutes; dates are text `YYYY-MM-DD`.
///
/// Texts are compared by their UTF-8 bytes. Swift's own string comparison treats canonically
/// equivalent texts as equal, and two replicas must never disagree on whether two values differ.
package enum Value: Sendable {
    case null
    case text(String)
    case integer(Int64)
    case bytes([UInt8])
    case reference(RecordID)
    case list([Value])

    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    package var bytes: [UInt8]? { if case .bytes(let content) = self { content } else { nil } }
    package var reference: RecordID? {
        if case .reference(let record) = self { record } else { nil }
    }
    package var list: [Value]? { if case .list(let items) = self { items } else { nil } }
    package var isNull: Bool { if case .null = self { true } else { false } }
    package var isTrue: Bool { integer == 1 }
    package var member: MemberID? { reference.map { MemberID($0) } }

    package static func boolean(_ flag: Bool) -> Value { .integer(flag ? 1 : 0) }
    package static func member(_ member: MemberID) -> Value { .reference(member.recordID) }
}

extension Value: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.integer(let a), .integer(let b)): a == b
        case (.bytes(let a), .bytes(let b)): a == b
        case (.reference(let a), .reference(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .text(let text):
            hasher.combine(1)
            for byte in text.utf8 { hasher.combine(byte) }
        case .integer(let number):
            hasher.combine(2)
            hasher.combine(number)
        case .bytes(let content):
            hasher.combine(3)
            hasher.combine(content)
        case .reference(let record):
            hasher.combine(4)
            hasher.combine(record)
        case .list(let items):
            hasher.combine(5)
            hasher.combine(items)
        }
    }
}

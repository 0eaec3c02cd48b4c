extension Field {
    /// Whether the operation's value has the field's type and lies within the limits. The elements
    /// of a set are texts.
    package func admits(_ operation: Change.Operation) -> Bool {
        switch operation {
        case .set(let value):
            type.admits(value) && isWithinBounds(value, depth: 0)
                && Self.contentBytes(of: value) <= Limits.valueBytesMax
        case .add(let element), .remove(let element):
            !(element.text ?? "").isEmpty && isWithinBounds(element, depth: 0)
        case .contribute: true
        case .splice(let operand), .opaque(_, let operand): operand.count <= Limits.valueBytesMax
        case .create, .delete, .restore, .leave, .erase, .erased: false
        }
    }

    private func isWithinBounds(_ value: Value, depth: Int) -> Bool {
        switch value {
        case .null, .reference, .bytes: return true
        case .integer(let number):
            let instants = Limits.instantMillisecondsMin...Limits.instantMillisecondsMax
            return type != .instant || instants.contains(number)
        case .text(let text):
            // Many tools, SQLite's shell among them, take it for the end of the text.
            guard !text.utf8.contains(0) else { return false }
            if type == .date { return CalendarDate.isValid(text) }
            let isShort = merge == .register(.short) || merge == .set
            return !isShort || text.utf8.count <= Limits.shortTextBytesMax
        case .list(let items):
            return depth < Limits.valueDepthMax && items.count <= Limits.listItemsMax
                && items.allSatisfy { isWithinBounds($0, depth: depth + 1) }
        }
    }

    /// What a value takes, in bytes, without the few that frame it.
    private static func contentBytes(of value: Value) -> Int {
        switch value {
        case .null: 0
        case .text(let text): text.utf8.count
        case .bytes(let content): content.count
        case .integer: 8
        case .reference: 16
        case .list(let items): items.reduce(0) { $0 + contentBytes(of: $1) }
        }
    }
}

/// Calendar dates as text, `YYYY-MM-DD`, years 0001 to 9999 in the Gregorian calendar.
package enum CalendarDate {
    package static func isValid(_ text: String) -> Bool {
        let characters = Array(text.utf8)
        guard characters.count == 10, characters[4] == UInt8(ascii: "-"),
            characters[7] == UInt8(ascii: "-")
        else { return false }
        func number(_ range: Range<Int>) -> Int? {
            characters[range].reduce(Optional(0)) { sum, character in
                guard let sum, (48...57).contains(character) else { return nil }
                return sum * 10 + Int(character - 48)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            year >= 1, (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }
}

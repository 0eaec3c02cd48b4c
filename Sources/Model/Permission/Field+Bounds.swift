extension Field {
    /// Whether the operation's value has the field's type and lies within the limits.
    package func admits(_ operation: Change.Operation) -> Bool {
        switch operation {
        case .set(let value): type.admits(value) && isWithinBounds(value)
        case .add(let element), .remove(let element):
            !element.isNull && element.list == nil && isWithinBounds(element)
        case .contribute, .opaque: true
        case .create, .delete, .restore, .leave: false
        }
    }

    private func isWithinBounds(_ value: Value) -> Bool {
        switch value {
        case .null, .integer, .reference: return true
        case .text(let text):
            if type == .date { return CalendarDate.isValid(text) }
            let isShort = merge == .register(.short) || merge == .set
            return text.utf8.count <= (isShort ? Limits.shortTextBytesMax : Limits.valueBytesMax)
        case .bytes(let content): return content.count <= Limits.valueBytesMax
        case .list(let items): return items.count <= 1000 && items.allSatisfy(isWithinBounds)
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

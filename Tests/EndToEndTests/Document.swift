import Foundation
import Testing

/// A JSON document that a program printed.
enum Document: Decodable, Equatable, Sendable {
    case object([String: Document])
    case array([Document])
    case text(String)
    case number(Int)
    case fraction(Double)
    case flag(Bool)
    case null

    /// Reads text that must be exactly one document on one line.
    init(reading text: String) throws {
        self = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        #expect(text.hasSuffix("\n"))
        #expect(!text.dropLast().contains("\n"))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let fraction = try? container.decode(Double.self) {
            self = .fraction(fraction)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([Document].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: Document].self))
        }
    }

    /// The value of a key; null where there is none.
    subscript(key: String) -> Document {
        guard case .object(let members) = self else { return .null }
        return members[key] ?? .null
    }

    /// An element; null where there is none.
    subscript(index: Int) -> Document {
        items.indices.contains(index) ? items[index] : .null
    }

    var items: [Document] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    var keys: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }

    var string: String {
        guard case .text(let text) = self else { return "" }
        return text
    }

    var integer: Int? {
        guard case .number(let number) = self else { return nil }
        return number
    }
}

extension Document: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(arrayLiteral elements: Document...) { self = .array(elements) }
}

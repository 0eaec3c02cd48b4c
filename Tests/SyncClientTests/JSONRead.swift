import Foundation

/// A JSON document that a command printed, read the way a script would.
struct JSONRead: CustomStringConvertible {
    private let value: Any?

    init(_ text: String) {
        value = try? JSONSerialization.jsonObject(
            with: Data(text.utf8), options: .fragmentsAllowed)
    }

    private init(value: Any?) { self.value = value }

    subscript(key: String) -> JSONRead { JSONRead(value: (value as? [String: Any])?[key]) }
    subscript(index: Int) -> JSONRead {
        let items = value as? [Any] ?? []
        return JSONRead(value: items.indices.contains(index) ? items[index] : nil)
    }

    var items: [JSONRead] { (value as? [Any] ?? []).map { JSONRead(value: $0) } }
    var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
    var string: String? { value as? String }
    var int: Int? { value as? Int }
    var bool: Bool? { value as? Bool }
    var isNull: Bool { value is NSNull }
    var isMissing: Bool { value == nil }
    var description: String { String(describing: value) }
}

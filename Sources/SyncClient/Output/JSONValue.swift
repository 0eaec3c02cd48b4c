/// A JSON document whose objects keep the order of their keys.
///
/// Foundation's encoder sorts keys or leaves their order to chance; scripts and tests want the
/// same bytes for the same result, and people want `id` first.
enum JSONValue: Hashable, Sendable {
    /// One key and its value.
    struct Member: Hashable, Sendable {
        let key: String
        let value: JSONValue
    }

    case object([Member])
    case array([JSONValue])
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case null

    init(_ value: String?) { self = value.map { .string($0) } ?? .null }
    init(_ value: Int64?) { self = value.map { .int($0) } ?? .null }
    init(_ value: Int) { self = .int(Int64(value)) }
    init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }
    init(_ value: Double?) { self = value.map { .double($0) } ?? .null }

    /// A time as RFC 3339, null where there is none or where it lies outside the years 1 to 9999:
    /// a record can hold any number.
    static func time(_ instant: Int64?) -> JSONValue {
        guard let instant, WallClock.bounds.contains(instant) else { return .null }
        return .string(RFC3339.string(instant))
    }

    /// The value of a key, nil for other kinds of value and unknown keys.
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// An object with members added at its end; other kinds of value stay as they are.
    func adding(_ added: KeyValuePairs<String, JSONValue>) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + added.map { Member(key: $0.key, value: $0.value) })
    }

    /// An object with the members of another one at its end; other kinds of value stay as they are.
    func appending(_ other: JSONValue) -> JSONValue {
        guard case .object(let members) = self, case .object(let more) = other else { return self }
        return .object(members + more)
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }

    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .int(value) }
    init(floatLiteral value: Double) { self = .double(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
    /// The document on one line, without a line end.
    ///
    /// Beyond what JSON asks for, everything is escaped that could steer a terminal or end a
    /// line: other members' text passes through here, too. Numbers that JSON cannot write
    /// (infinite, not a number) become null.
    var serialized: String {
        var output = ""
        write(to: &output)
        return output
    }

    private func write(to output: inout String) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .int(let value): output += String(value)
        case .double(let value): output += value.isFinite ? String(value) : "null"
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements):
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += "," }
                element.write(to: &output)
            }
            output += "]"
        case .object(let members):
            output += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { output += "," }
                Self.write(member.key, to: &output)
                output += ":"
                member.value.write(to: &output)
            }
            output += "}"
        }
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        defer { output += "\"" }
        if TerminalText.isPlain(text), !text.utf8.contains(where: isEscaped) {
            output += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where TerminalText.isUnsafe(scalar):
                // All of them lie in the first plane, so four digits are enough.
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}

import Foundation

/// Turns results into the one JSON document of a command, a log line or an HTTP error.
enum JSONText {
    /// Returns the value on one line, keys sorted, nothing in it that could steer a terminal.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        return TerminalSafe.escapingJSON(text)
    }

    /// The same for texts by key, without an encoder in between: there is a log line for each
    /// request.
    static func object(_ fields: [String: String]) -> String {
        var output = "{"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            if output.utf8.count > 1 { output += "," }
            write(key, to: &output)
            output += ":"
            write(value, to: &output)
        }
        return output + "}"
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        defer { output += "\"" }
        let isPlain = text.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !isPlain else {
            output += text
            return
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        output += TerminalSafe.escapingJSON(escaped)
    }
}

/// Text from other people made harmless: what a terminal would obey is shown, not obeyed.
enum TerminalSafe {
    /// Shows control characters and the marks that turn the direction of writing as `\u{…}`.
    static func escape(_ text: String) -> String {
        escape(text) { "\\u{\(String($0.value, radix: 16))}" }
    }

    /// The same for a finished JSON document, where such characters stand inside strings only.
    fileprivate static func escapingJSON(_ text: String) -> String {
        escape(text) { scalar in
            // All of them lie in the first plane, so four digits are enough.
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    private static func escape(_ text: String, as form: (Unicode.Scalar) -> String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var output = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                output += form(scalar)
            } else {
                output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0xAD, 0x200B, 0x200E...0x200F, 0x2028...0x202E,
            0x2060...0x2069, 0xFEFF:
            true
        default: false
        }
    }
}

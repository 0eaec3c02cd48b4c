import Foundation

/// One line of a calendar file, taken apart: `DTSTART;TZID=Europe/Berlin:20261201T100000`.
struct CalendarProperty {
    /// Those that the import looks at.
    enum Name: String, CaseIterable {
        case begin = "BEGIN"
        case end = "END"
        case method = "METHOD"
        case uid = "UID"
        case sequence = "SEQUENCE"
        case stamp = "DTSTAMP"
        case start = "DTSTART"
        case finish = "DTEND"
        case duration = "DURATION"
        case summary = "SUMMARY"
        case location = "LOCATION"
        case description = "DESCRIPTION"
        case status = "STATUS"
        case transparency = "TRANSP"
        case busyStatus = "X-MICROSOFT-CDO-BUSYSTATUS"
        case rule = "RRULE"
        case exceptionRule = "EXRULE"
        case dates = "RDATE"
        case exceptions = "EXDATE"
        case recurrence = "RECURRENCE-ID"
        case zone = "TZID"
        case offsetFrom = "TZOFFSETFROM"
        case offsetTo = "TZOFFSETTO"
    }

    /// What a line is.
    enum Reading {
        case property(CalendarProperty)
        /// A property that the import has no use for.
        case other
        /// No property at all.
        case broken
    }

    let name: Name
    /// By their names in capitals; of one that is given twice the first.
    let parameters: [String: String]
    let value: String
    let line: Int
    /// Whether it was no UTF-8 and was read as Windows-1252, as old programs write.
    let isOldText: Bool

    private static let byName = Dictionary(
        uniqueKeysWithValues: Name.allCases.map { (Array($0.rawValue.utf8), $0) })
    private static let nameBytesMax = 64

    static func read(_ line: CalendarLines.Line) -> Reading {
        let bytes = line.bytes
        guard
            let nameEnd = bytes.firstIndex(where: {
                $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ";")
            }), nameEnd > bytes.startIndex
        else { return .broken }
        let written = bytes[bytes.startIndex..<nameEnd]
        guard written.allSatisfy(isNameByte) else { return .broken }
        guard written.count <= nameBytesMax, let name = byName[written.map(capital)] else {
            return .other
        }
        guard let valueStart = valueStart(in: bytes, from: nameEnd) else { return .broken }
        var isOldText = false
        let parameters = text(bytes[nameEnd..<valueStart - 1], &isOldText)
        var end = bytes.endIndex
        if line.isCut {
            // Perhaps within a character.
            while end > valueStart, bytes[end - 1] & 0xC0 == 0x80 { end -= 1 }
            if end > valueStart, bytes[end - 1] >= 0xC0 { end -= 1 }
        }
        let value = text(bytes[valueStart..<end], &isOldText)
        return .property(
            CalendarProperty(
                name: name, parameters: Self.parameters(parameters), value: value,
                line: line.number, isOldText: isOldText))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func capital(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }

    /// Behind the first colon that does not stand in quotes. Where quotes are not closed it is the
    /// first colon of all.
    private static func valueStart(in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        var isQuoted = false
        for index in start..<bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ":") where !isQuoted: return index + 1
            default: break
            }
        }
        return bytes[start...].firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 }
    }

    /// Bytes as text, without U+0000, which no value of a record may hold.
    private static func text(_ bytes: ArraySlice<UInt8>, _ isOldText: inout Bool) -> String {
        let clean = bytes.contains(0) ? bytes.filter { $0 != 0 }[...] : bytes
        if let text = String(validating: clean, as: UTF8.self) { return text }
        isOldText = true
        return String(String.UnicodeScalarView(clean.map { windows1252($0) }))
    }

    /// What Windows-1252 has between 0x80 and 0x9F; the rest is as in Unicode.
    private static let windowsScalars: [Unicode.Scalar] = [
        "€", "\u{81}", "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "\u{8D}", "Ž",
        "\u{8F}", "\u{90}", "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "\u{9D}",
        "ž", "Ÿ",
    ]

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        (0x80...0x9F).contains(byte) ? windowsScalars[Int(byte) - 0x80] : Unicode.Scalar(byte)
    }

    /// Reads `;NAME=value;NAME="quoted"`; of several values of one parameter all, with the commas.
    private static func parameters(_ text: String) -> [String: String] {
        var parameters: [String: String] = [:]
        var isQuoted = false
        let parts = text.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == ";" && !isQuoted
        }
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals].uppercased()
            let value = part[part.index(after: equals)...].filter { $0 != "\"" }
            if parameters[name] == nil { parameters[name] = String(value) }
        }
        return parameters
    }

    /// The value as a text (section 3.3.11). What is escaped without need is taken as it is.
    var text: String {
        guard value.utf8.contains(UInt8(ascii: "\\")) else { return value }
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in value.unicodeScalars {
            if isEscaped {
                text.append(scalar == "n" || scalar == "N" ? "\n" : scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }
}

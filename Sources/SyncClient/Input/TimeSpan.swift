/// Numbers with units, largest unit first: `45m`, `1h30m`, `2w3d`, `90s`.
///
/// Days and weeks stand apart, because a calendar day is not always 24 hours long.
struct TimeSpan: Equatable {
    let days: Int

    /// Hours, minutes and seconds together, in milliseconds.
    let milliseconds: Int64

    /// Returns nil when the text has another shape, a unit twice or a number above 9,999,999.
    init?(text: some StringProtocol) {
        var days = 0
        var milliseconds: Int64 = 0
        var units: [Character] = ["w", "d", "h", "m", "s"]
        var rest = Substring(text.lowercased())
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            guard let unitIndex = rest.firstIndex(where: \.isLetter),
                rest[..<unitIndex].utf8.count <= 7, let count = Digits.value(rest[..<unitIndex]),
                let position = units.firstIndex(of: rest[unitIndex])
            else { return nil }
            switch units[position] {
            case "w": days += count * 7
            case "d": days += count
            case "h": milliseconds += Int64(count) * 3_600_000
            case "m": milliseconds += Int64(count) * 60_000
            default: milliseconds += Int64(count) * 1_000
            }
            units.removeFirst(position + 1)
            rest = rest[rest.index(after: unitIndex)...]
        }
        self.days = days
        self.milliseconds = milliseconds
    }
}

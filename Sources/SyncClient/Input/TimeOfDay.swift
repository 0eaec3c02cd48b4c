/// What may follow a day: `9:00`, `10:00:30`, and with an offset the rest of RFC 3339.
struct TimeOfDay: Equatable {
    let millisecondOfDay: Int

    /// Seconds east of UTC; nil means the member's time zone.
    let offset: Int?

    /// Returns nil for a text of another shape and throws for a time that no clock shows.
    ///
    /// A leap second, `23:59:60`, counts as the midnight that follows it. Digits beyond the
    /// millisecond are dropped. An offset asks for two digits in the hour, as RFC 3339 does.
    init?(text: some StringProtocol) throws {
        let text = text.lowercased()
        let offsetStart =
            text.firstIndex { $0 == "z" || $0 == "+" || $0 == "-" } ?? text.endIndex
        let clock = text[..<offsetStart]
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), (1...2).contains(parts[0].utf8.count),
            parts[1].utf8.count == 2, let hour = Digits.value(parts[0]),
            let minute = Digits.value(parts[1])
        else { return nil }

        let seconds: (whole: Int, millisecond: Int)
        if parts.count == 3 {
            guard let parsed = Self.seconds(parts[2]) else { return nil }
            seconds = parsed
        } else {
            seconds = (0, 0)
        }

        if offsetStart == text.endIndex {
            offset = nil
        } else {
            guard parts[0].utf8.count == 2, let parsed = Self.offset(text[offsetStart...]) else {
                return nil
            }
            offset = parsed
        }

        let minuteOfDay = hour * 60 + minute
        let isLeapSecond =
            seconds.whole == 60 && offset.map { (minuteOfDay - $0 / 60 + 1) % 1_440 == 0 } == true
        guard hour < 24, minute < 60, seconds.whole < 60 || isLeapSecond else {
            throw InputFailure.timeOfDay(String(clock))
        }
        millisecondOfDay = (minuteOfDay * 60 + seconds.whole) * 1_000 + seconds.millisecond
    }

    private static func seconds(_ text: Substring) -> (whole: Int, millisecond: Int)? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].utf8.count == 2, let whole = Digits.value(parts[0]) else {
            return nil
        }
        guard parts.count == 2 else { return (whole, 0) }
        guard Digits.value(parts[1]) != nil else { return nil }
        let padded = parts[1].prefix(3) + String(repeating: "0", count: max(0, 3 - parts[1].count))
        return Digits.value(padded).map { (whole, $0) }
    }

    private static func offset(_ text: Substring) -> Int? {
        if text == "z" { return 0 }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            let hours = Digits.value(parts[0]), let minutes = Digits.value(parts[1]),
            hours < 24, minutes < 60, text.first != "z"
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return text.first == "-" ? -seconds : seconds
    }
}

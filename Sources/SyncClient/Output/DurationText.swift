/// Writes a length of time the way `DurationInput` reads it: `45m`, `1h30m`, `7d`.
enum DurationText {
    /// Parts of a second are dropped; nothing at all is `0s`.
    static func string(_ milliseconds: Int64) -> String {
        var seconds = milliseconds.magnitude / 1_000
        guard seconds > 0 else { return "0s" }
        var text = milliseconds < 0 ? "-" : ""
        let units: [(length: UInt64, name: String)] = [
            (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"),
        ]
        for (length, unit) in units where seconds >= length {
            text += "\(seconds / length)\(unit)"
            seconds %= length
        }
        return text
    }
}

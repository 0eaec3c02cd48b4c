/// Says how far away an instant is: `2 hours ago`, `in 3 days`, `just now`.
enum RelativeTime {
    private static let minute: Int64 = 60
    private static let hour = 60 * minute
    private static let day = 24 * hour

    /// Rounds down to the largest unit that fits; weeks of seven days, months of thirty.
    static func string(_ instant: Int64, now: Int64) -> String {
        let (difference, overflow) = instant.subtractingReportingOverflow(now)
        let seconds = overflow ? Int64.max : Int64(clamping: difference.magnitude / 1_000)
        guard seconds >= minute else { return "just now" }
        let units: [(length: Int64, name: String)] = [
            (365 * day, "year"), (30 * day, "month"), (7 * day, "week"), (day, "day"),
            (hour, "hour"), (minute, "minute"),
        ]
        for unit in units where seconds >= unit.length {
            let count = seconds / unit.length
            let amount = "\(count) \(unit.name)\(count == 1 ? "" : "s")"
            return instant > now ? "in \(amount)" : "\(amount) ago"
        }
        return "just now"
    }
}

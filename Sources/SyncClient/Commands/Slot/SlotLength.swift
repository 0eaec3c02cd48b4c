import Model

/// Reads how long a meeting takes: full steps of the grid, up to a day.
enum SlotLength {
    /// Returns minutes; the noun says what lasts so long.
    static func minutes(_ text: String, noun: String) throws -> Int64 {
        let grid = Int64(Limits.slotGridMinutes)
        let bounds = grid * 60_000...Int64(Limits.slotMinutesMax) * 60_000
        let milliseconds = try DurationInput(bounds: bounds).parse(text)
        guard milliseconds % (grid * 60_000) == 0 else {
            throw CommandFailure(
                .usage, code: "offGrid",
                "\(noun) last full \(grid) minutes, not \(InputFailure.quoted(text)).",
                hint: "Take a duration like 45m, 1h or 1h30m.")
        }
        return milliseconds / 60_000
    }
}

import Model

/// Reads when a slot starts: a time on the grid.
enum SlotStart {
    static func parse(_ start: String, in context: CommandContext) throws -> Int64 {
        let input = try context.timeInput
        guard try !input.namesDayAlone(start) else {
            throw CommandFailure(
                .usage, code: "invalidTime",
                "\(InputFailure.quoted(start)) is a day without a time.",
                hint: "Say when it starts, as in \"\(start) 10:00\".")
        }
        let instant = try input.parse(start)
        guard TimeGrid.contains(milliseconds: instant) else {
            let quantum = TimeGrid.quantumMilliseconds
            let before = instant - (instant % quantum + quantum) % quantum
            let human = try context.humanTime
            throw CommandFailure(
                .usage, code: "offGrid",
                "Slots start at full \(Limits.slotGridMinutes) minutes, not at "
                    + "\(InputFailure.quoted(start)).",
                hint: "Take \(human.string(before)) or \(human.string(before + quantum)).")
        }
        return instant
    }
}

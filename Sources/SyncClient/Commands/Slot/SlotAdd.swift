import ArgumentParser
import Model
import Replica

struct SlotAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Offer a time (mentors)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "When it starts, as in \"fri 10:00\" or \"2026-12-01 10:00\"")
    var start: String

    @Option(help: "How long it is, as in 45m or 1h30m")
    var duration: String

    @Option(help: "How many can have it")
    var capacity = 1

    @Flag(help: "Whoever asks first has it, without your approval")
    var instant = false

    func validate() throws {
        guard (1...Limits.slotCapacityMax).contains(capacity) else {
            throw ValidationError(
                "--capacity takes a number from 1 to \(Limits.slotCapacityMax), not \(capacity).")
        }
    }

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let oneself = replica.identity.member
        guard try replica.read({ try $0.role(of: oneself) }) == .mentor else {
            throw CommandFailure(
                .notAllowed, code: "onlyMentorsOffer", "Only mentors offer times.",
                hint: "See what mentors offer with: waymark slot list --free")
        }
        let start = try parseStart(in: context)
        let minutes = try parseMinutes()
        guard WallClock.bounds.contains(start + minutes * 60_000) else {
            throw InputFailure.timeOutOfRange("\(self.start) + \(duration)")
        }
        let id = try replica.act("slot add", at: context.now, isUndoable: false) { action in
            try action.create(
                Schema.slot, in: .slots(of: oneself),
                values: [
                    Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(minutes),
                    Fields.Slot.capacity: .integer(Int64(capacity)),
                    Fields.Slot.instant: .boolean(instant),
                ])
        }
        if StartClock(context).hasStarted(start) == true {
            context.output.warn("The time lies in the past; nobody can book it any more.")
        }
        try warnOfOverlap(id, in: context)
        try SlotOutput.show(id, in: context)
    }

    /// A mentor who is asked for both times at once can keep one of them only.
    private func warnOfOverlap(_ id: RecordID, in context: CommandContext) throws {
        let now = context.presentMilliseconds
        let slots = try context.replica.read { reader in
            try reader.records(
                of: Schema.slot, where: [.scope(.slots(of: reader.identity.member))],
                orderedBy: Fields.Slot.start
            ).map { SlotView($0, now: now) }
        }
        guard let added = slots.first(where: { $0.record.id == id }) else { return }
        let overlapping = slots.filter { $0.state != .withdrawn && $0.overlaps(added) }
        guard !overlapping.isEmpty else { return }
        let ids = overlapping.map(\.record.id.shortText).joined(separator: ", ")
        context.output.warn("It overlaps with other times of yours: \(ids)")
    }

    private func parseStart(in context: CommandContext) throws -> Int64 {
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

    private func parseMinutes() throws -> Int64 {
        let grid = Int64(Limits.slotGridMinutes)
        let bounds = grid * 60_000...Int64(Limits.slotMinutesMax) * 60_000
        let milliseconds = try DurationInput(bounds: bounds).parse(duration)
        guard milliseconds % (grid * 60_000) == 0 else {
            throw CommandFailure(
                .usage, code: "offGrid",
                "Slots last full \(grid) minutes, not \(InputFailure.quoted(duration)).",
                hint: "Take a duration like 45m, 1h or 1h30m.")
        }
        return milliseconds / 60_000
    }
}

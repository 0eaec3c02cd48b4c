import ArgumentParser
import Model
import Replica

struct SlotList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the times that mentors offer, the earliest first")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only this mentor's")
    var mentor: MemberReference?

    @Option(help: "Only those that start at or after this time")
    var from: String?

    @Option(help: "Only those that start up to this time")
    var to: String?

    @Option(help: ArgumentHelp("Only those of the series of this slot", valueName: "slot"))
    var series: RecordReference?

    @Flag(help: "Only those that can be booked")
    var free = false

    func run(in context: CommandContext) async throws {
        var filters: [ReplicaReader.Filter] = []
        if let from {
            filters.append(
                .atLeast(Fields.Slot.start, .integer(try context.timeInput.parse(from))))
        }
        if let to {
            let end = try context.timeInput.parse(to, dayMeans: .end)
            filters.append(.less(Fields.Slot.start, .integer(end + 1)))
        }
        let clock = StartClock(context)
        let (all, suspended) = try context.replica.read { reader in
            if let mentor {
                filters.append(.scope(.slots(of: try mentor.resolve(in: reader))))
            }
            let series = try series.map { try SlotSeries.id(of: $0, in: reader) }
            let slots: [SlotView] = try reader.records(
                of: Schema.slot, where: filters, orderedBy: Fields.Slot.start
            ).map { SlotView($0, now: clock.now) }
                .filter { series == nil || $0.series == series }
            return (slots, free ? try reader.suspendedMembers() : [])
        }
        let slots =
            free
            ? SlotView.bookable(all, clock)
                .filter { slot in !(slot.mentor.map(suspended.contains) ?? false) } : all
        if context.output.json {
            try context.output.writeJSON(.array(slots.map(\.json)))
        } else {
            try context.output.writeOut(
                SlotView.table(slots, Presentation(context)), ifEmpty: "There are no such slots.")
        }
    }
}

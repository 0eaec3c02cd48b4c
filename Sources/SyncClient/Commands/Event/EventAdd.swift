import ArgumentParser
import Model
import Replica

struct EventAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Note something in your own time")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "What it is, in a few words")
    var title: String

    @Argument(help: "When it starts, as in \"fri 10:00\"; a day alone means all of it")
    var start: String

    @OptionGroup var fields: EventFields

    @Flag(help: "You can be booked all the same")
    var free = false

    func run(in context: CommandContext) async throws {
        let time = try EventTime(
            start: start, duration: fields.duration, days: fields.days, in: context)
        var values = try fields.values(in: context).filter { $0.value != .null }
        values[Fields.PersonalEvent.title] = .text(try context.shortText(title, "title"))
        values[Fields.PersonalEvent.start] = .integer(time.start)
        values[Fields.PersonalEvent.end] = .integer(time.end)
        values[Fields.PersonalEvent.isFree] = .boolean(free)
        let id = try context.replica.act("event add", at: context.now) { action in
            try action.create(
                Schema.personalEvent, in: .own(action.reader.identity.member), values: values)
        }
        try EventShow.warnOfMeetings(id, in: context)
        try EventShow.show(id, in: context)
    }
}

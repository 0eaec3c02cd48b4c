import ArgumentParser
import Model
import Replica

struct EventDelete: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an event of yours; undo brings it back")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The event's id or its beginning")
    var event: RecordReference

    func run(in context: CommandContext) async throws {
        try RecordDeletion.perform(
            "event delete", of: event, Schema.personalEvent, as: EventView.self, in: context
        ) { $0.title }
    }
}

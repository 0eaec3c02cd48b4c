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
        let view = try context.replica.act("event delete", at: context.now) { action in
            let event = try event.resolve(Schema.personalEvent, in: action.reader)
            let view = try EventView(event, in: action.reader)
            action.delete(event.id, Schema.personalEvent, in: event.scope)
            return view
        }
        try context.output.write(
            json: view.json.adding(["deleted": true]),
            text: """
                Deleted the event \(view.title, .emphasis)
                Bring it back with: waymark undo
                """)
    }
}

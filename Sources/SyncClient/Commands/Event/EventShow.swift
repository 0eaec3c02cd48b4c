import ArgumentParser
import Model
import Replica

struct EventShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an event of yours")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The event's id or its beginning")
    var event: RecordReference

    func run(in context: CommandContext) async throws {
        let id = try context.replica.read { try event.resolve(Schema.personalEvent, in: $0).id }
        try Self.show(id, in: context)
    }

    /// Prints an event as it stands.
    static func show(_ id: RecordID, in context: CommandContext) throws {
        let view = try view(id, in: context)
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }

    /// What is booked already stays; whoever notes something beside it should know.
    static func warnOfMeetings(_ id: RecordID, in context: CommandContext) throws {
        let event = try view(id, in: context)
        let times = event.isFree || event.start >= event.end ? [] : [event.start..<event.end]
        let meetings = try context.replica.read { try MeetingOverlap.meetings(in: times, $0) }
        guard !meetings.isEmpty else { return }
        let ids = meetings.map(\.booking.id.shortText).joined(separator: ", ")
        context.output.warn(
            "You have a meeting at that time, which stays: \(ids); move it or cancel it.")
    }

    private static func view(_ id: RecordID, in context: CommandContext) throws -> EventView {
        try context.replica.read { reader in
            guard let event = try reader.record(id, of: Schema.personalEvent) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return try EventView(event, in: reader)
        }
    }
}

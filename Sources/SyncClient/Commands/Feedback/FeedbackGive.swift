import ArgumentParser
import Model
import Replica

struct FeedbackGive: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "give", abstract: "Rate a meeting that took place",
        discussion: """
            Both sides see it. The average of a mentor's ratings is visible to the programme.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Option(help: "From 1 (poor) to 5 (excellent)")
    var rating: Int

    @Option(help: "What you want to say about it; - reads standard input")
    var comment: String?

    func validate() throws {
        guard (1...5).contains(rating) else {
            throw ValidationError("--rating takes a number from 1 to 5, not \(rating).")
        }
    }

    func run(in context: CommandContext) async throws {
        var values: [FieldID: Value] = [Fields.Feedback.rating: .integer(Int64(rating))]
        values[Fields.Feedback.comment] = try comment.map {
            .text(try context.textInput("comment").read($0))
        }
        let id = try context.replica.act(
            "feedback give", at: context.now, isUndoable: false
        ) { action in
            let booking = try BookingReference(booking).booking(in: action.reader)
            try check(booking, in: action.reader)
            values[Fields.Feedback.booking] = .reference(booking.id)
            return try action.create(Schema.feedback, in: booking.scope, values: values)
        }
        try FeedbackOutput.show(id, of: Schema.feedback, in: context)
    }

    private func check(_ booking: StoredRecord, in reader: ReplicaReader) throws {
        guard booking.scope.members.contains(reader.identity.member) else {
            throw CommandFailure(
                .notAllowed, code: RefusalReason.notAllowed.code,
                "Only the two people of a booking give feedback on it.",
                hint: "See what they said with: waymark feedback list "
                    + "--about \(booking.id.shortText)")
        }
        let outlook = try reader.outlook(of: booking)
        guard outlook?.ruled == .completed else {
            let isOnItsWay = outlook?.unruledActs.contains(.complete) ?? false
            throw CommandFailure(
                .refused, code: RefusalReason.notCompleted.code,
                RefusalReason.notCompleted.sentence,
                hint: isOnItsWay
                    ? "Run waymark sync, so that the hub completes it, then try again."
                    : "Its mentor says that it took place with: "
                        + "waymark booking complete \(booking.id.shortText)")
        }
    }
}

import ArgumentParser
import Model
import Replica

/// `waymark booking notes`: what the two write down about their meeting, in one text.
struct BookingNotes: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "notes", abstract: "Write notes about a meeting, for both",
        discussion: """
            Both people can edit the notes at any time, also at the same time. Without a text,
            $VISUAL or $EDITOR opens with the notes; an empty text takes them away.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Argument(help: "What the notes say from now on; - reads standard input")
    var text: String?

    func run(in context: CommandContext) async throws {
        let (old, seen) = try context.replica.read { reader in
            let booking = try BookingReference(booking).booking(in: reader)
            return (
                booking.text(Fields.Booking.notes) ?? "",
                try reader.textVersion(of: Fields.Booking.notes, in: booking)
            )
        }
        let version = text == nil ? seen : nil
        let input = context.textInput("notes", allowsEmpty: true)
        let (id, isUnchanged) = try await input.withText(text, initial: old) { notes in
            try context.replica.act("booking notes", at: context.now) { action in
                let booking = try BookingReference(booking).booking(in: action.reader)
                try action.set(
                    Fields.Booking.notes, of: booking, to: .text(notes), seen: version)
                return (booking.id, action.isEmpty)
            }
        }
        if isUnchanged { SaveNotice.tellUnchanged("booking", in: context) }
        try BookingOutput.show(id, in: context)
    }
}

import ArgumentParser
import Model
import Replica

/// `waymark erase`: takes what a record says out of every copy, for good.
struct EraseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Erase what a record says, its history included, for good",
        discussion: """
            With the next sync the texts go from the hub, and from each laptop when it syncs. Who wrote \
            a journal entry or asked for a booking, whose task, profile or address it is, and admins \
            may do that. With a booking go the reasons that the member gave about it; what others \
            said of it stays and is named. Backups of the hub that were made before still hold the \
            texts, and so do files that were exported.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The id of the record, or its beginning")
    var record: RecordReference

    @Flag(help: "Do not ask to say it again at a terminal")
    var yes = false

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let isAsked = context.surroundings.input.standardInputIsTerminal && !yes
        let erased = try replica.act("erase", at: context.now, isUndoable: false) { action in
            let found = try record.resolve(Schema.entities, in: action.reader, includesDead: true)
            guard let entity = Schema.entity(found.entity), !entity.erasers.isEmpty else {
                throw Self.holdsNoTexts(found)
            }
            guard try !action.reader.isErased(found) else {
                throw Self.erasedAlready(found, entity)
            }
            let isTakenBack =
                try found.life == .left
                && action.reader.author(of: found.id) != action.reader.identity.member
            guard yes || !isAsked && !isTakenBack else {
                throw Self.unconfirmed(found, entity, isTakenBack: isTakenBack)
            }
            let reach = try ErasureReach(of: found, in: action.reader)
            try action.erase(found, entity)
            for (record, entity) in reach.companions where try !action.reader.isErased(record) {
                try action.erase(record, entity)
            }
            return (id: found.id, entity: entity, remaining: reach.remaining)
        }
        let remaining = erased.remaining.map { record, entity in
            "\(RecordReference.noun(of: entity)) \(record.id.shortText)"
        }
        try context.output.write(
            json: [
                "id": .string(erased.id.text), "entity": .string(erased.entity.name),
                "erased": true, "pending": true,
                "remaining": .array(erased.remaining.map { .string($0.record.id.text) }),
            ],
            text: """
                Erased here: the \(RecordReference.noun(of: erased.entity)) \(erased.id.shortText)
                With the next sync it goes from the hub, and from each laptop when that syncs; until
                then the history on this one still shows the words, and the file holds them.
                Backups of the hub that were made before still hold it, and files that were exported.
                """)
        if !remaining.isEmpty {
            let list = remaining.joined(separator: ", ")
            context.output.warn(
                "What other records say of it stays; each is erased by its own id: \(list)")
        }
    }

    private static func erasedAlready(_ record: StoredRecord, _ entity: Entity) -> CommandFailure {
        CommandFailure(
            .refused, code: "erasedAlready",
            "The \(RecordReference.noun(of: entity)) \(record.id.shortText) is erased already.",
            hint: "Every copy that still holds it loses it when it syncs.")
    }

    private static func holdsNoTexts(_ record: StoredRecord) -> CommandFailure {
        let noun = Schema.entity(record.entity).map(RecordReference.noun) ?? "record"
        return CommandFailure(
            .refused, code: "nothingToErase",
            "A \(noun) holds nothing that could be erased: \(record.id.shortText)",
            hint: "Entries, tasks, feedback, bookings, requests, events, offers, topics, profiles "
                + "and invitations can be erased.")
    }

    private static func unconfirmed(
        _ record: StoredRecord, _ entity: Entity, isTakenBack: Bool
    ) -> CommandFailure {
        let noun = RecordReference.noun(of: entity)
        let reach =
            isTakenBack
            ? "is its author's alone again, and what they wrote since then, which you cannot read, "
                + "goes as well."
            : "goes from every copy, its history included."
        return CommandFailure(
            .refused, code: "notConfirmed",
            "This cannot be undone: the \(noun) \(record.id.shortText) \(reach)",
            hint: "If that is what you want: waymark erase \(record.id.shortText) --yes")
    }
}

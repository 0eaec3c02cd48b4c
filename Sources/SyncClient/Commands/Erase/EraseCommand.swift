import ArgumentParser
import Model
import Replica

/// `waymark erase`: takes what a record says out of every copy, for good.
struct EraseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Erase what a record says, its history included, for good",
        discussion: """
            With the next sync the texts go from the hub, and from each laptop when it syncs. Who wrote \
            a journal entry, whose task, profile or address it is, and admins may do that. Backups of \
            the hub that were made before still hold the texts, and so do files that were exported.
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
            guard !isAsked else { throw Self.unconfirmed(found, entity) }
            try action.erase(found, entity)
            for (record, entity) in try Self.companions(of: found, in: action.reader) {
                try action.erase(record, entity)
            }
            return (id: found.id, entity: entity)
        }
        try context.output.write(
            json: [
                "id": .string(erased.id.text), "entity": .string(erased.entity.name),
                "erased": true, "pending": true,
            ],
            text: """
                Erased here: the \(RecordReference.noun(of: erased.entity)) \(erased.id.shortText)
                With the next sync it goes from the hub, and from each laptop when that syncs; until
                then the history on this one still shows the words, and the file holds them.
                Backups of the hub that were made before still hold it, and files that were exported.
                """)
    }

    /// What says the same and is another record: a member's address under the id of the profile, a
    /// request to any mentor and what the hub made of it.
    private static func companions(
        of record: StoredRecord, in reader: ReplicaReader
    ) throws -> [(StoredRecord, Entity)] {
        let named: [(RecordID, Entity)]
        switch record.entity {
        case Schema.profile.id: named = [(record.id, Schema.contact)]
        case Schema.booking.id where record.asked != record.id:
            named = [(record.asked, Schema.openRequest)]
        case Schema.openRequest.id:
            let bookings = try reader.outlook(ofOpen: record)?.bookings ?? []
            named = bookings.map { ($0, Schema.booking) }
        default: named = []
        }
        return try named.compactMap { id, entity in
            try reader.record(id, of: entity, includesDead: true).map { ($0, entity) }
        }
    }

    private static func holdsNoTexts(_ record: StoredRecord) -> CommandFailure {
        let noun = Schema.entity(record.entity).map(RecordReference.noun) ?? "record"
        return CommandFailure(
            .refused, code: "nothingToErase",
            "A \(noun) holds nothing that could be erased: \(record.id.shortText)",
            hint: "Entries, tasks, feedback, bookings, profiles and invitations can be erased.")
    }

    private static func unconfirmed(_ record: StoredRecord, _ entity: Entity) -> CommandFailure {
        CommandFailure(
            .refused, code: "notConfirmed",
            "This cannot be undone: the \(RecordReference.noun(of: entity)) \(record.id.shortText) "
                + "goes from every copy, its history included.",
            hint: "If that is what you want: waymark erase \(record.id.shortText) --yes")
    }
}

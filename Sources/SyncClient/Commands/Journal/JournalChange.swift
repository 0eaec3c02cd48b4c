import Model
import Replica

/// Changes one journal entry, then shows what it has become.
enum JournalChange {
    /// The name says for `undo` what the person does, whether it may take it back or not; the
    /// change gets the entry as it is.
    static func perform(
        _ name: String, on reference: RecordReference, in context: CommandContext,
        isUndoable: Bool = true, change: (inout Action, StoredRecord) throws -> Void
    ) throws {
        let (id, conflicts, isUnchanged) = try context.replica.act(
            name, at: context.now, isUndoable: isUndoable
        ) { action in
            let entry = try own(reference, in: action.reader)
            let conflicts = try action.reader.fieldsInConflict(of: entry.id, entry.entity)
            try change(&action, entry)
            return (entry.id, conflicts, action.isEmpty)
        }
        if isUnchanged { SaveNotice.tellUnchanged("journal entry", in: context) }
        try ConflictNotice.tellSettled(conflicts, of: id, Schema.journalEntry, in: context)
        try show(id, in: context)
    }

    static func show(_ id: RecordID, in context: CommandContext) throws {
        let view = try context.replica.read { reader in
            guard let entry = try reader.record(id, of: Schema.journalEntry) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return try JournalEntryView(entry, in: reader)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }

    /// Finds an entry that the member wrote; nobody changes another's.
    private static func own(
        _ reference: RecordReference, in reader: ReplicaReader
    ) throws -> StoredRecord {
        let entry = try reference.resolve(Schema.journalEntry, in: reader)
        guard try reader.author(of: entry.id) == reader.identity.member else {
            throw CommandFailure(
                .notAllowed, code: "notAuthor",
                "The journal entry \(entry.id.shortText) is somebody else's.",
                hint: "Only its author changes it.")
        }
        return entry
    }
}

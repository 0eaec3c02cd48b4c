import ArgumentParser
import Model
import Replica

struct ConflictResolve: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Settle a conflict",
        discussion: """
            Values are kept by their number, as mine or theirs where only one is, or replaced by a \
            new one. A record that was deleted while somebody changed it is restored or deleted. A \
            change to an entry that is shared meanwhile, or no longer shared, is taken over into the \
            entry as it is now (restore) or dropped (delete); an entry that one shared, or stopped \
            sharing, while another deleted it stays (restore) or goes (delete).
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The conflict's id or its beginning")
    var conflict: ConflictReference

    @Option(
        help: ArgumentHelp(
            "A number, mine, theirs, a new value, restore or delete", valueName: "what"))
    var keep: String

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let times = try context.timeInput
        let settled = try replica.act(
            "conflict resolve", at: context.now, isUndoable: false
        ) { action in
            let conflict = try conflict.resolve(in: action.reader)
            try refuseSignedNumber(for: conflict)
            let choice = try ConflictChoice(
                keep, of: conflict, oneself: action.reader.identity.member
            ) { field, text in
                try ConflictChoice.newValue(
                    text, for: field, of: conflict.entity, in: context, times)
            }
            switch choice {
            case .candidate(let candidate): try action.resolve(conflict, keeping: candidate)
            case .value(let value): try action.resolve(conflict, with: value)
            case .drop: try action.resolveByDropping(conflict)
            case .restore: try restore(conflict, &action)
            }
            return (
                conflict: conflict, choice: choice,
                text: conflict.kind == .rewrite ? try action.value(of: conflict) : nil
            )
        }
        try show(settled.conflict, settled.choice, text: settled.text, in: context)
    }

    /// A number with a sign is none of the conflict's, and hardly what a text should say.
    private func refuseSignedNumber(for conflict: RecordConflict) throws {
        guard conflict.isOfField, let sign = keep.first, "-+−".contains(sign),
            keep.count > 1, keep.dropFirst().allSatisfy(\.isNumber)
        else { return }
        throw CommandFailure(
            .usage, code: "invalidChoice", "The conflict has no value \(keep).",
            hint: "Its values have the numbers 1 to \(conflict.candidates.count). To make the "
                + "field say just this, use the command that edits it.")
    }

    private func restore(_ conflict: RecordConflict, _ action: inout Action) throws {
        do {
            try action.resolveByRestoring(conflict)
        } catch let error as ReplicaError where error.reason == .unknownRecord {
            throw CommandFailure(
                .refused, code: "unknownID",
                """
                \(conflict.record.shortText) is \(LifeMark.left.words(in: conflict.scope)), and how \
                it is now is not in this replica.
                """,
                hint: "Drop the change with --keep delete.")
        }
    }

    private func show(
        _ conflict: RecordConflict, _ choice: ConflictChoice, text: Value?,
        in context: CommandContext
    ) throws {
        let field = FieldValue.name(of: conflict.field, in: conflict.entity)
        let noun = Schema.entity(conflict.entity).map(RecordReference.noun) ?? "record"
        let kept: JSONValue
        let sentence: TerminalText
        switch choice {
        case .candidate(let candidate):
            kept = FieldValue.json(
                text ?? candidate.value, of: conflict.field, in: conflict.entity)
            sentence = "Settled: \(field) of the \(noun) \(conflict.record.shortText)"
        case .value(let value):
            kept = FieldValue.json(text ?? value, of: conflict.field, in: conflict.entity)
            sentence = "Settled: \(field) of the \(noun) \(conflict.record.shortText)"
        case .restore where conflict.isDeletionOfMoved:
            kept = "restore"
            sentence = "Kept the \(noun) \(conflict.record.shortText) as it is now"
        case .drop where conflict.isDeletionOfMoved:
            kept = "delete"
            sentence = "Deleted the \(noun) \(conflict.record.shortText)"
        case .restore:
            kept = "restore"
            sentence = "Kept what was changed in the \(noun) \(conflict.record.shortText)"
        case .drop:
            kept = "delete"
            sentence = "Dropped what was changed in the \(noun) \(conflict.record.shortText)"
        }
        try context.output.write(
            json: [
                "id": .string(conflict.idText), "record": .string(conflict.record.text),
                "entity": JSONValue(Schema.entity(conflict.entity)?.name),
                "field": .string(field), "kind": .string(conflict.kind.rawValue), "kept": kept,
            ], text: sentence)
        // What was private is where others read it now; the other way there is nothing to warn of.
        if conflict.kind == .departure, !conflict.isDeletionOfMoved, conflict.scope.kind == .own,
            case .restore = choice
        {
            context.output.writeError(
                "What was taken over is read by everybody who reads the entry where it is now.")
        }
    }
}

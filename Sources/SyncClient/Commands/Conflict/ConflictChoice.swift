import Foundation
import Model
import Replica

/// What somebody wants to keep of a conflict.
enum ConflictChoice {
    case candidate(RecordConflict.Candidate)
    case value(Value)
    case restore
    case drop

    /// Reads `--keep`: a number, `mine`, `theirs`, or a value; `restore` or `delete` where the
    /// record as a whole is meant.
    init(
        _ text: String, of conflict: RecordConflict, oneself: MemberID,
        newValue: (Field, String) throws -> Value
    ) throws {
        switch conflict.kind {
        case .value, .rewrite: self = try Self.value(text, of: conflict, oneself, newValue)
        case .deletion, .departure: self = try Self.life(text, of: conflict, oneself)
        }
    }

    private static func value(
        _ text: String, of conflict: RecordConflict, _ oneself: MemberID,
        _ newValue: (Field, String) throws -> Value
    ) throws -> ConflictChoice {
        let word = text.lowercased()
        if word == "mine" || word == "theirs" {
            return .candidate(try candidate(word, conflict, oneself))
        }
        if let number = Digits.value(text) { return .candidate(try candidate(number, conflict)) }
        // The words for whole records; a text that says just this is typed with the edit command.
        guard word != "restore", word != "delete" else {
            throw CommandFailure(
                .usage, code: "invalidChoice",
                "Nothing was deleted here: people wrote different values.",
                hint: "Give --keep with the number of a value, mine or theirs, or edit the field.")
        }
        guard let field = Schema.entity(conflict.entity)?.field(conflict.field) else {
            throw unusable(text, conflict)
        }
        return .value(try newValue(field, text))
    }

    private static func life(
        _ text: String, of conflict: RecordConflict, _ oneself: MemberID
    ) throws -> ConflictChoice {
        let chosen: RecordConflict.Candidate
        switch text.lowercased() {
        case "restore": return .restore
        case "delete": return .drop
        case let word where word == "mine" || word == "theirs":
            chosen = try candidate(word, conflict, oneself)
        default:
            guard let number = Digits.value(text) else { throw unusable(text, conflict) }
            chosen = try candidate(number, conflict)
        }
        if conflict.isDeletionOfMoved { return chosen.mark == .deleted ? .drop : .restore }
        return chosen.mark == nil ? .restore : .drop
    }

    private static func candidate(
        _ number: Int, _ conflict: RecordConflict
    ) throws -> RecordConflict.Candidate {
        guard (1...conflict.candidates.count).contains(number) else {
            throw CommandFailure(
                .usage, code: "invalidChoice", "The conflict has no value \(number).",
                hint: "Its values have the numbers 1 to \(conflict.candidates.count); see them "
                    + "with: waymark conflict show \(conflict.idText.prefix(8))")
        }
        return conflict.candidates[number - 1]
    }

    private static func candidate(
        _ word: String, _ conflict: RecordConflict, _ oneself: MemberID
    ) throws -> RecordConflict.Candidate {
        let found =
            word == "mine"
            ? conflict.candidates(by: oneself) : conflict.candidates(notBy: oneself)
        guard found.count == 1 else {
            let people = word == "mine" ? "you" : "others"
            throw CommandFailure(
                .refused, code: "ambiguousChoice",
                found.isEmpty
                    ? "No value of this conflict is by \(people)."
                    : "\(found.count) values of this conflict are by \(people).",
                hint: "Choose by number; see them with: waymark conflict show "
                    + conflict.idText.prefix(8))
        }
        return found[0]
    }

    private static func unusable(_ text: String, _ conflict: RecordConflict) -> CommandFailure {
        let choices =
            conflict.isOfField ? "the number of a value, mine or theirs" : "restore or delete"
        return CommandFailure(
            .usage, code: "invalidChoice",
            "\(InputFailure.quoted(text)) is no way to settle this conflict.",
            hint: "Give --keep with \(choices).")
    }

    /// Reads a new value for a field, as the command that edits the field would.
    static func newValue(
        _ text: String, for field: Field, of entity: EntityID, in context: CommandContext,
        _ times: TimeInput
    ) throws -> Value {
        switch field.type {
        case .text:
            return .text(
                field.isQuiet
                    ? try context.shortText(text, field.name)
                    : try context.textInput(field.name).read(text))
        case .date:
            return .text(try DateInput(now: times.now, timeZone: times.timeZone).parse(text))
        case .instant:
            return .integer(try times.parse(text, dayMeans: .end))
        case .boolean:
            switch text.lowercased() {
            case "yes", "true": return .boolean(true)
            case "no", "false": return .boolean(false)
            default: break
            }
        case .integer:
            if entity == Schema.task.id, field.id == Fields.Task.status,
                let status = TaskStatus(name: text.lowercased())
            {
                return .integer(status.rawValue)
            }
        case .money:
            return try MoneyInput.parse(text).value
        case .reference, .bytes, .list:
            break
        }
        throw CommandFailure(
            .usage, code: "invalidChoice",
            "\(InputFailure.quoted(text)) is no value for \(field.name).",
            hint: "Give --keep with the number of a value, mine or theirs.")
    }
}

import ArgumentParser
import Model
import Replica

/// `waymark undo`: takes back the latest action of this device.
struct UndoCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take back what you did last on this device",
        discussion: """
            What was changed since stays as it is and is named. Undoing twice does it again.
            """)

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let report = try replica.undo(at: context.now)
        guard !report.undone.isEmpty || !report.left.isEmpty else {
            throw Self.nothing(after: report.name)
        }
        guard !report.undone.isEmpty else { throw Self.nothing(because: report.left) }
        let changes = SyncSummary.counted(report.undone.count, "change")
        let records = SyncSummary.counted(Set(report.undone.map(\.record)).count, "record")
        try context.output.write(
            json: [
                "undone": [
                    "action": JSONValue(report.name),
                    "changes": .array(report.undone.map(Self.json)),
                ],
                "left": .array(report.left.map(Self.json)),
            ],
            text: "Undone: \(report.name ?? "", .emphasis), \(changes) of \(records)")
        for place in report.left {
            context.output.warn(
                """
                Left as it is, because it was changed since: \(Self.name(of: place)) of \
                \(place.record.shortText)
                """)
        }
    }

    private static func json(_ place: UndoReport.Place) -> JSONValue {
        [
            "record": .string(place.record.text),
            "entity": JSONValue(Schema.entity(place.entity)?.name),
            "field": .string(name(of: place)),
        ]
    }

    private static func name(of place: UndoReport.Place) -> String {
        FieldValue.name(of: place.field, in: place.entity)
    }

    /// Everything was changed since.
    private static func nothing(because left: [UndoReport.Place]) -> CommandFailure {
        let fields = left.map { "\(name(of: $0)) of \($0.record.shortText)" }
        return CommandFailure(
            .refused, code: "changedSince",
            "Nothing was undone, because it was changed since: \(fields.joined(separator: ", "))",
            hint: "See by whom with: waymark history "
                + (left.first?.record.shortText ?? "ID"))
    }

    /// Why there is nothing to take back, and which command helps instead.
    private static func nothing(after name: String?) -> CommandFailure {
        guard let name, let hint = hint(for: name) else {
            return CommandFailure(
                .refused, code: "nothingToUndo", "There is nothing to undo.",
                hint: "Only the latest action of this device can be undone.")
        }
        return CommandFailure(
            .refused, code: "notUndoable", "This cannot be undone as such: \(name)", hint: hint)
    }

    private static func hint(for name: String) -> String? {
        switch name.split(separator: " ").first {
        case "booking":
            return name == "booking request" || name == "booking approve"
                ? "Cancel the booking with: waymark booking cancel ID"
                : "Acts are facts; see what can follow with: waymark booking show ID"
        case "erase": return "What was erased is gone for good."
        case "feedback": return "Give new feedback; the latest of each person counts."
        case "invite":
            return name == "invite revoke"
                ? "Invite again with: waymark invite"
                : "Revoke the invitation with: waymark invite revoke ID"
        case "device":
            return name == "device revoke"
                ? "A revoked device stays revoked; link it anew with: waymark device add"
                : "Revoke the device with: waymark device revoke ID"
        case "conflict":
            return "The other values are in waymark history ID; write the one you want again."
        case "notification": return "Choose again with: waymark notification settings"
        case "slot": return "Withdraw the slot with: waymark slot withdraw ID"
        case "mentorship":
            return name == "mentorship end"
                ? "Ask an admin to assign the mentor again: waymark mentorship assign"
                : "End the mentorship with: waymark mentorship end ID"
        case "journal" where name == "journal share":
            return "Take it back with: waymark journal unshare ID"
        case "journal" where name == "journal unshare":
            return "Share it again with: waymark journal share ID"
        default: return nil
        }
    }
}

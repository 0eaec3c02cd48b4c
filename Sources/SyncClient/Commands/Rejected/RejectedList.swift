import ArgumentParser
import Model
import Replica

struct RejectedList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what the hub refused, the newest first")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let (items, unsent) = try context.replica.read { reader in
            (try reader.rejectedItems(), try reader.unsent().changes)
        }
        if let standing = HubStanding(context) {
            context.output.warn(standing.sentence)
            if !standing.isAboutInvitation, let sentence = HubStanding.unsentSentence(unsent) {
                context.output.writeError(sentence)
            }
        }
        if context.output.json {
            return try context.output.writeJSON(.array(items.map(\.json)))
        }
        let time = try context.humanTime
        var table = TextTable(["ID", "WRITTEN", "ENTITY", "RECORD", "REASON"])
        for item in items {
            table.add([
                TerminalText(String(item.idText.prefix(8))),
                TerminalText(time.string(item.at.milliseconds)), TerminalText(item.entityName),
                TerminalText(item.record.shortText), TerminalText(item.reason.sentence),
            ])
        }
        try context.output.writeOut(table, ifEmpty: "Nothing was refused.")
    }
}

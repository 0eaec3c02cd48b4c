import ArgumentParser
import Model
import Replica

struct RejectedShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what was to be written, and why it was refused")

    @Argument(help: ArgumentHelp("The item, or the record that it is of", valueName: "id"))
    var item: String

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let isPrefix = IDPrefix.isHexadecimal(item)
        guard !isPrefix || item.utf8.count >= Limits.prefixCharactersMin else {
            throw IDPrefix.tooShort(item)
        }
        let items = isPrefix ? try context.replica.read { try $0.rejectedItems() } : []
        let prefix = item.lowercased()
        var found = items.filter { $0.idText.hasPrefix(prefix) }
        if found.isEmpty { found = items.filter { $0.record.text.hasPrefix(prefix) } }
        guard let first = found.first else {
            throw IDPrefix.unknown(item, noun: "rejected item", list: "waymark rejected list")
        }
        guard found.count == 1 else {
            throw IDPrefix.ambiguous(
                item, noun: "rejected item",
                candidates: found.prefix(10).map { "\($0.idText)  \($0.entityName)" },
                isCut: found.count > 10)
        }
        try context.output.write(json: first.json, text: first.text(context.humanTime))
    }
}

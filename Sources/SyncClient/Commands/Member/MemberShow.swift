import ArgumentParser
import Model
import Replica

struct MemberShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a member")

    @Argument(help: ArgumentHelp("The member: id, e-mail or name", valueName: "who"))
    var member: MemberReference

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        try ProfileShow.show(context) { try member.resolve(in: $0) }
    }
}

import ArgumentParser
import Model

struct InviteAdmin: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Invite somebody as an admin")

    @OptionGroup var invitation: InviteOptions

    var options: GlobalOptions { invitation.options }

    func run(in context: CommandContext) async throws {
        try invitation.invite(.admin, in: context)
    }
}

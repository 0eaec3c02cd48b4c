import ArgumentParser
import Model

struct InviteMentor: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "mentor", abstract: "Invite somebody as a mentor")

    @OptionGroup var invitation: InviteOptions

    var options: GlobalOptions { invitation.options }

    func run(in context: CommandContext) async throws {
        try invitation.invite(.mentor, in: context)
    }
}

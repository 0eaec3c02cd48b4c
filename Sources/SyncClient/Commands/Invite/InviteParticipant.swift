import ArgumentParser
import Model

struct InviteParticipant: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "participant", abstract: "Invite somebody as a participant")

    @OptionGroup var invitation: InviteOptions

    var options: GlobalOptions { invitation.options }

    func run(in context: CommandContext) async throws {
        try invitation.invite(.participant, in: context)
    }
}

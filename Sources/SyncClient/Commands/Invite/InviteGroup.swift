import ArgumentParser

struct InviteGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Invite people into the programme",
        discussion: """
            An invitation is made without a network and is good for one person, once. Hand it over \
            by a way that you trust: whoever has it can use it.
            """,
        subcommands: [
            InviteParticipant.self, InviteMentor.self, InviteAdmin.self, InviteList.self,
            InviteRevoke.self,
        ])
}

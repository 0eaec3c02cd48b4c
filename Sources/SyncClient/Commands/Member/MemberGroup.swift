import ArgumentParser

struct MemberGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "See who takes part",
        subcommands: [MemberList.self, MemberShow.self])
}

import ArgumentParser

struct ProfileGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "What the programme knows of you",
        subcommands: [ProfileShow.self, ProfileSet.self])
}

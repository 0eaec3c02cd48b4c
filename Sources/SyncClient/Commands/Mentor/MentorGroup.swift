import ArgumentParser

/// `waymark mentor`: whom to ask.
struct MentorGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mentor", abstract: "Find a mentor", subcommands: [MentorSearch.self])
}

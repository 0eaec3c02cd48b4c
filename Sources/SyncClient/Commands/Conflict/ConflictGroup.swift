import ArgumentParser

/// `waymark conflict`: where people wrote different things without knowledge of each other.
struct ConflictGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflict", abstract: "See and settle what differs",
        subcommands: [ConflictListCommand.self, ConflictShow.self, ConflictResolve.self])
}

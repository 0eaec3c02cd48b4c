import ArgumentParser

struct RejectedGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejected", abstract: "Read what the hub refused; it is kept for you",
        subcommands: [RejectedList.self, RejectedShow.self, RejectedExport.self])
}

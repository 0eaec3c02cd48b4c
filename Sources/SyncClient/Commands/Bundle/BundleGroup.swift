import ArgumentParser

/// `waymark bundle`: work that travels in files.
struct BundleGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Exchange work by files, where there is no network",
        discussion: """
            Write a bundle to a USB stick and give it to somebody who will meet the hub, or the \
            person it is for. Whoever carries it cannot read it. With their next sync the hub gets \
            it, and its answer comes back the same way.
            """,
        subcommands: [BundleWrite.self, BundleRead.self])
}

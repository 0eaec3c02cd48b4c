import ArgumentParser

/// `waymark-bench`: measures what the project promises about speed and size, and checks on the
/// way that the results are right.
@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waymark-bench",
        abstract: "Measure Waymark; build it with -c release first",
        subcommands: [
            AllCommand.self, GrowthCommand.self, TextCommand.self, EntryCommand.self,
            RecordsCommand.self, HubCommand.self,
            EchoCommand.self, MeasureCommand.self, InsertCommand.self, FillCommand.self,
        ])
}

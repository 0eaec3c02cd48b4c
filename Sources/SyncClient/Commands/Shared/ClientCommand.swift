import ArgumentParser

/// A command of `waymark`: everything that it reads and writes comes in through the context, so
/// tests run it with a home, a clock and streams of their own.
protocol ClientCommand: ParsableCommand {
    var options: GlobalOptions { get }

    func run(in context: CommandContext) async throws
}

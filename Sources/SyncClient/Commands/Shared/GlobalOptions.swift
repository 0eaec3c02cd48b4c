import ArgumentParser

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The member's folder; else WAYMARK_HOME, else the data folder of this computer",
            valueName: "dir"))
    var home: String?

    @Flag(help: "Print exactly one JSON document on standard output")
    var json = false
}

import ArgumentParser

/// Makes many records in one replica and brings them to another.
struct RecordsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "Record many tasks, merge them elsewhere, and print the figures",
        discussion: """
            Each task has four fields. Beside it stands what plain SQLite takes for the same rows: \
            one table, one transaction, one prepared statement, the same durability.
            """)

    @Option(help: "How many records")
    var count = 100_000

    @Option(help: "How often to measure; the median counts")
    var runs = 3

    func validate() throws {
        guard count > 0, runs > 0 else { throw ValidationError("Measure at least one record.") }
    }

    func run() async throws {
        var results: [[Figure]] = []
        for _ in 0..<runs { results.append(try await RecordsMeasurement(count: count).run()) }
        try FigureTable(Figure.medians(of: results)).print()
    }
}

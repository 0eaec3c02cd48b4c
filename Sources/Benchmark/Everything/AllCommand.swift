import ArgumentParser
import Foundation

/// Measures everything that is promised, and what else people notice.
struct AllCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "Measure everything, print a table and write one JSON file",
        discussion: """
            What is promised stands first, each figure with its goal. The comparison is measured \
            in the same run: plain SQLite for the same rows, a server that only gives back what it \
            gets, a program that does nothing but one insert.
            """)

    @Option(help: ArgumentHelp("A diary in JSON Lines", valueName: "file"))
    var diary: String

    @Option(help: ArgumentHelp("Where the JSON file goes", valueName: "file"))
    var json: String?

    @Option(help: "How often to measure what is short; the median counts")
    var runs = 3

    @Option(help: "How long the hub is under the load of small syncs")
    var seconds = 60

    @Option(help: "Divides all sizes, for a quick look")
    var divisor = 1

    @Option(
        help: ArgumentHelp("Only parts with this in their name; may be repeated", valueName: "word")
    )
    var part: [String] = []

    func validate() throws {
        guard runs > 0, seconds > 0, divisor > 0 else {
            throw ValidationError("Measure at least once, for at least a second.")
        }
    }

    /// Something that is measured by itself.
    private struct Part {
        let name: String
        let measure: (_ folder: String) async throws -> [Figure]
    }

    func run() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        var figures: [Figure] = []
        var failures: [String] = []
        let clock = ContinuousClock()
        for (index, item) in try parts().enumerated()
        where part.isEmpty || part.contains(where: { item.name.contains($0) }) {
            let start = clock.now
            do {
                figures += try await item.measure("\(folder.path)/\(index)")
            } catch {
                failures.append("\(item.name): \(error)")
            }
            let seconds = Int((clock.now - start) / .seconds(1))
            FileHandle.standardError.write(Data("\(item.name): \(seconds) s\n".utf8))
        }
        let table = FigureTable(
            figures.filter { $0.goal != nil } + figures.filter { $0.goal == nil })
        table.printRows()
        if let json { try table.json.write(to: URL(fileURLWithPath: json)) }
        guard failures.isEmpty else {
            throw MeasuredRun.Failed(description: failures.joined(separator: "\n"))
        }
    }

    private func parts() throws -> [Part] {
        let programs = RealProgramme.ProgramFiles(
            hub: Programs.beside("waymark-hub"), waymark: Programs.beside("waymark"))
        let diary = try Diary(diary)
        let (runs, seconds) = (runs, seconds)
        func scaled(_ size: Int) -> Int { max(20, size / divisor) }
        return [
            Part(name: "commands") { _ in
                try await CommandFigures(
                    waymark: programs.waymark, recordsMax: scaled(1_000_000),
                    listed: scaled(100_000), bodies: diary.bodies, runs: runs
                ).run()
            },
            Part(name: "records") { _ in
                var results: [[Figure]] = []
                for _ in 0..<runs {
                    results.append(
                        try await RecordsMeasurement(count: scaled(100_000)).run())
                }
                return Figure.medians(of: results)
            },
            Part(name: "wire") { _ in try WireFigures(bodies: diary.bodies).run() },
            Part(name: "exchange") { folder in
                try ExchangeFigures(
                    programs: programs, folder: folder, records: scaled(10_000), runs: runs
                ).run()
            },
            Part(name: "hub under load") { folder in
                try await SteadyLoad(
                    program: programs.hub, folder: folder, devices: 200, seconds: seconds
                ).run()
            },
            Part(name: "hub's memory") { folder in
                try await HubMemory(
                    program: programs.hub, folder: folder, members: scaled(10_000),
                    changes: scaled(1_000_000)
                ).run()
            },
            Part(name: "morning") { folder in
                try await MorningLoad(
                    program: programs.hub, folder: folder, devices: 200, changes: scaled(1000)
                ).run()
            },
            Part(name: "hot slot") { folder in
                try await HotSlotLoad(
                    program: programs.hub, folder: folder, requests: 100, seats: 3
                ).run()
            },
            Part(name: "diary") { folder in
                try DiaryFigures(programs: programs, folder: folder, diary: diary).run()
            },
            Part(name: "snapshot") { folder in
                try BootstrapFigures(
                    programs: programs, folder: folder, records: scaled(100_000)
                ).run()
            },
        ]
    }
}

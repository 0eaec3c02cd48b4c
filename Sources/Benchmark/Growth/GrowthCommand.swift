import ArgumentParser
import Foundation

/// Measures the same costs at three sizes.
struct GrowthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Measure how costs grow with records, history, members, scopes and devices",
        discussion: """
            Each cost is measured at 1, 10 and 100 times a size. The exponent is 0 for a cost that \
            does not grow and 1 for one that grows like the size.
            """)

    @Option(help: ArgumentHelp("Where a JSON file goes", valueName: "file"))
    var json: String?

    @Option(help: "How often to measure; the median counts")
    var runs = 9

    @Option(help: "The smallest number of records")
    var records = 1000

    func run() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let programs = RealProgramme.ProgramFiles(
            hub: Programs.beside("waymark-hub"), waymark: Programs.beside("waymark"))
        var growths = try LaptopGrowth(
            programs: programs, folder: folder.path + "/laptop",
            sizes: [records, records * 10, records * 100], runs: runs
        ).run()
        growths += try await bulk()
        growths += try await HubGrowth(
            program: programs.hub, folder: folder.path + "/hub", sizes: [1, 10, 100]
        ).run()
        Growth.printTable(growths)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        if let json { try encoder.encode(growths).write(to: URL(fileURLWithPath: json)) }
    }

    /// Many records at once, made and merged.
    private func bulk() async throws -> [Growth] {
        let sizes = [records, records * 10, records * 100]
        var results: [[Figure]] = []
        for size in sizes { results.append(try await RecordsMeasurement(count: size).run()) }
        return (results.first ?? []).indices.compactMap { index in
            guard results[0][index].unit == .milliseconds else { return nil }
            let name = results[0][index].name.drop { $0 != ":" }.dropFirst(2)
            return Growth(
                name: "all \(name)", unit: .milliseconds, of: "records", sizes: sizes,
                values: results.map { $0[index].value })
        }
    }
}

import Foundation

/// One run of a program, from its start to its end, as the system accounts for it.
///
/// The program is started by a small process of its own (`waymark-bench measure`): Linux counts the
/// memory of whoever starts a program into the program's peak, and a benchmark may hold a lot.
struct MeasuredRun: Codable {
    var milliseconds: Double
    var cpuMilliseconds: Double
    var peakMiB: Double
    var status: Int32
    var output = ""

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program to its end. Its standard output comes back, its messages go to this process's.
    static func of(_ program: URL, _ words: [String], in folder: String) throws -> MeasuredRun {
        let file = "\(folder)/run.out"
        let measure = Process()
        measure.executableURL = Programs.own
        measure.arguments = ["measure", "--output", file, "--", program.path] + words
        let report = Pipe()
        measure.standardOutput = report
        try measure.run()
        let data = report.fileHandleForReading.readDataToEndOfFile()
        measure.waitUntilExit()
        var run = try JSONDecoder().decode(MeasuredRun.self, from: data)
        run.output = try String(contentsOfFile: file, encoding: .utf8)
        guard run.status == 0 else {
            let words = words.prefix(2).joined(separator: " ")
            throw Failed(description: "\(program.lastPathComponent) \(words) ended: \(run.output)")
        }
        return run
    }

    /// The same many times, and the median of the times.
    static func median(
        of runs: Int, _ run: (_ index: Int) throws -> MeasuredRun
    ) rethrows -> MeasuredRun {
        let all = try (0..<runs).map(run).sorted { $0.milliseconds < $1.milliseconds }
        return all[all.count / 2]
    }
}

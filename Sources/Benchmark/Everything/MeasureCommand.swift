import ArgumentParser
import Foundation

/// Runs one program and says what it took; see ``MeasuredRun``.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Run a program and print what it took",
        shouldDisplay: false)

    @Option(help: "Where its standard output goes")
    var output: String

    @Argument(parsing: .postTerminator)
    var words: [String]

    func run() throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var arguments = words.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        arguments.append(nil)
        var variables = ProcessInfo.processInfo.environment
            .filter { $0.key != "WAYMARK_HOME" }.map { strdup("\($0)=\($1)") }
        defer { variables.forEach { free($0) } }
        variables.append(nil)
        var identifier = pid_t()
        let clock = ContinuousClock()
        let start = clock.now
        let error = posix_spawn(&identifier, words[0], &actions, nil, arguments, variables)
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EIO) }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(identifier, &status, 0, &usage) < 0 { guard errno == EINTR else { break } }
        let time = clock.now - start
        let cpu = Self.milliseconds(usage.ru_utime) + Self.milliseconds(usage.ru_stime)
        // The lower seven bits name the signal that ended it.
        let signal = status & 0x7F
        let run = MeasuredRun(
            milliseconds: time.milliseconds, cpuMilliseconds: cpu,
            peakMiB: Double(usage.ru_maxrss) / 1024,
            status: signal == 0 ? (status >> 8) & 0xFF : -signal)
        FileHandle.standardOutput.write(try JSONEncoder().encode(run))
    }

    private static func milliseconds(_ time: timeval) -> Double {
        Double(time.tv_sec) * 1000 + Double(time.tv_usec) / 1000
    }
}

import Foundation
import Testing

/// A hub that serves: the process, where it is, what it logs.
final class ServedHub: Sendable {
    let url: String
    private let process: Running
    /// The lines of its log, as they come; for one reader.
    let log: AsyncStream<String>

    struct NotReady: Error {
        let log: [String]
    }

    /// Starts a hub and waits until it accepts connections.
    static func start(
        _ folder: String, listen: String = "127.0.0.1:0", options: [String] = [],
        environment: [String: String] = [:], openFilesMax: Int? = nil
    ) async throws -> ServedHub {
        let (output, errors) = (Pipe(), Pipe())
        var program = Programs.hub
        var words = ["serve", "--data", folder, "--listen", listen, "--json"] + options
        if let openFilesMax {
            words = ["-c", "ulimit -n \(openFilesMax); exec \"$0\" \"$@\"", program.path] + words
            program = URL(fileURLWithPath: "/bin/sh")
        }
        let process = try Running(
            program, words, environment: environment, output: output, errors: errors)
        let log = errors.lines
        for await line in output.lines {
            let ready = try Document(reading: line + "\n")["ready"]
            #expect(ready["pid"] == .number(Int(process.identifier)))
            return ServedHub(url: ready["url"].string, process: process, log: log)
        }
        var lines: [String] = []
        for await line in log { lines.append(line) }
        throw NotReady(log: lines)
    }

    private init(url: String, process: Running, log: AsyncStream<String>) {
        self.url = url
        self.process = process
        self.log = log
    }

    deinit { process.signal(SIGKILL) }

    /// Host and port, for a hub that is to come back where it was.
    var address: String { String(url.drop { $0 != "/" }.dropFirst(2)) }

    /// Asks it to stop and waits for its end.
    func stop() async throws -> Run {
        process.signal(SIGTERM)
        return try await process.finished()
    }

    /// Ends it at once, as a power cut would.
    func kill() async throws {
        process.signal(SIGKILL)
        _ = try await process.finished()
    }

    /// An answered request in the log.
    struct Answered {
        let route: String
        let bytesOut: Int
    }

    /// The answers that it logs from now on.
    var answers: AsyncCompactMapSequence<AsyncStream<String>, Answered> {
        log.compactMap { line in
            guard let document = try? Document(reading: line + "\n"),
                document["message"] == "Request"
            else { return nil }
            return Answered(
                route: document["route"].string, bytesOut: Int(document["bytesOut"].string) ?? 0)
        }
    }
}

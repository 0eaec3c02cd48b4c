import Foundation

/// One run of a program, from its words to its exit status.
struct Run: Sendable {
    /// The exit status; the negative number of the signal that ended it.
    let status: Int32
    let output: String
    let errors: String

    /// Runs a program to its end; a test that is cancelled ends it.
    static func of(
        _ program: URL, _ words: [String], input: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> Run {
        let running = try Running(program, words, input: input, environment: environment)
        return try await running.finished()
    }
}

/// A program that runs.
final class Running: Sendable {
    private let process = Process()
    private let streams: Scratch
    private let ended: AsyncStream<Void>

    /// Starts a program. Its two streams go to files that ``finished()`` reads, or to pipes.
    init(
        _ program: URL, _ words: [String], input: String? = nil,
        environment: [String: String] = [:], output: Pipe? = nil, errors: Pipe? = nil
    ) throws {
        streams = try Scratch()
        let (ended, end) = AsyncStream<Void>.makeStream()
        self.ended = ended
        process.executableURL = program
        process.arguments = words
        var variables = ProcessInfo.processInfo.environment
        variables["WAYMARK_HOME"] = nil
        variables["TZ"] = "UTC"
        process.environment = variables.merging(environment) { $1 }
        // Files, not pipes: nobody has to read for the program to go on.
        let files = ["in", "out", "err"].map { URL(fileURLWithPath: streams.path($0)) }
        try Data((input ?? "").utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let handles = try [
            FileHandle(forReadingFrom: files[0]), FileHandle(forWritingTo: files[1]),
            FileHandle(forWritingTo: files[2]),
        ]
        process.standardInput = handles[0]
        process.standardOutput = output ?? handles[1]
        process.standardError = errors ?? handles[2]
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        // The program has its own copies; hundreds of open files are too many for Foundation.
        for handle in handles { try handle.close() }
        for pipe in [output, errors] { try? pipe?.fileHandleForWriting.close() }
    }

    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.processIdentifier }

    /// Waits for the end.
    func finished() async throws -> Run {
        await withTaskCancellationHandler {
            for await _ in ended {}
        } onCancel: {
            signal(SIGKILL)
        }
        if isRunning {
            signal(SIGKILL)
            process.waitUntilExit()
            throw CancellationError()
        }
        let status = process.terminationStatus
        return Run(
            status: process.terminationReason == .exit ? status : -status,
            output: text("out"), errors: text("err"))
    }

    func signal(_ number: Int32) {
        guard process.isRunning else { return }
        kill(process.processIdentifier, number)
    }

    private func text(_ name: String) -> String {
        String(
            decoding: FileManager.default.contents(atPath: streams.path(name)) ?? Data(),
            as: UTF8.self)
    }
}

extension Pipe {
    /// The lines that a program writes, as they come; ends when it closes its side.
    var lines: AsyncStream<String> {
        AsyncStream { lines in
            // A thread of its own: reading waits, and the pool for tasks has few threads.
            let reader = Thread {
                var rest: [UInt8] = []
                while let bytes = self.nextBytes() {
                    rest += bytes
                    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                        lines.yield(String(decoding: rest[..<end], as: UTF8.self))
                        rest.removeSubrange(...end)
                    }
                }
                lines.finish()
            }
            reader.start()
        }
    }

    /// Waits for bytes; nil at the end.
    ///
    /// `FileHandle.availableData` ends the process where a signal interrupts it, as the end of
    /// another child does.
    private func nextBytes() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(fileHandleForReading.fileDescriptor, &bytes, bytes.count)
            if count > 0 { return Array(bytes[..<count]) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }
}

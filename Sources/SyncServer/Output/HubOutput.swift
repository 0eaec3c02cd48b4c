import Foundation
import Replica

/// The way out of every command: results to standard output, everything else to standard error.
struct HubOutput {
    /// Whether `--json` was given.
    let isJSON: Bool

    /// Prints the result of a command, as the one JSON document or as text.
    func write(_ document: some Encodable, text: @autoclosure () -> String) throws {
        let line = isJSON ? try JSONText.encode(document) : text()
        try Self.write(line + "\n", to: STDOUT_FILENO)
    }

    /// Prints a failure, to standard error and with `--json` to standard output, too.
    ///
    /// It cannot fail: nobody is left to be told.
    func report(_ failure: HubError) {
        var text = "Error: \(TerminalSafe.escape(failure.message))\n"
        if let hint = failure.hint { text += "Hint: \(TerminalSafe.escape(hint))\n" }
        try? Self.write(text, to: STDERR_FILENO)
        guard isJSON, let line = try? JSONText.encode(FailureDocument(failure)) else { return }
        try? Self.write(line + "\n", to: STDOUT_FILENO)
    }

    /// Prints a message for people to standard error.
    func note(_ text: String) {
        try? Self.write(TerminalSafe.escape(text) + "\n", to: STDERR_FILENO)
    }

    static func write(_ text: String, to descriptor: Int32) throws {
        do {
            try StandardOutput.write(text, to: descriptor)
        } catch {
            throw HubError(
                .outputFailed, "The output could not be written: \(error.reason).",
                hint: "Check where the output goes; what the command did stays done.")
        }
    }
}

/// A failure as JSON, in HTTP answers and on standard output alike.
struct FailureDocument: Codable, Equatable {
    struct Failure: Codable, Equatable {
        let code: String
        let message: String
        let hint: String?
    }

    let error: Failure

    init(_ failure: HubError) {
        error = Failure(code: failure.code, message: failure.message, hint: failure.hint)
    }
}

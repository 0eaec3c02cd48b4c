import Foundation

/// The way out of every command: results to standard output, everything else to standard error.
struct HubOutput {
    /// Whether `--json` was given.
    let isJSON: Bool

    /// Prints the result of a command, as the one JSON document or as text.
    func write(_ document: some Encodable, text: @autoclosure () -> String) throws {
        let line = isJSON ? try JSONText.encode(document) : text()
        Self.put(line + "\n", to: .standardOutput)
    }

    /// Prints a failure, to standard error and with `--json` to standard output, too.
    func report(_ failure: HubError) {
        var text = "Error: \(TerminalSafe.escape(failure.message))\n"
        if let hint = failure.hint { text += "Hint: \(TerminalSafe.escape(hint))\n" }
        Self.put(text, to: .standardError)
        guard isJSON, let line = try? JSONText.encode(FailureDocument(failure)) else { return }
        Self.put(line + "\n", to: .standardOutput)
    }

    /// Prints a message for people to standard error.
    func note(_ text: String) {
        Self.put(TerminalSafe.escape(text) + "\n", to: .standardError)
    }

    // Straight to the descriptor: no buffer is lost when the process ends, and the ready line is
    // read by somebody who waits for it.
    private static func put(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data(text.utf8))
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

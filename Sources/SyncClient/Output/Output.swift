import Foundation

/// The way out of every command: results to standard output, everything else to standard error.
///
/// A value that commands get passed; tests give it streams that collect.
struct Output: Sendable {
    /// Whether `--json` was given.
    let json: Bool

    let standardOutput: StandardStream
    let standardError: StandardStream

    /// Colours are for terminals whose user did not refuse them by `NO_COLOR` or `TERM=dumb`.
    private let colourIsWelcome: Bool

    init(
        json: Bool, environment: [String: String] = ProcessInfo.processInfo.environment,
        standardOutput: StandardStream = .standardOutput,
        standardError: StandardStream = .standardError
    ) {
        self.json = json
        self.standardOutput = standardOutput
        self.standardError = standardError
        colourIsWelcome =
            (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Whether text on standard output gets colours.
    var coloursOutput: Bool { colourIsWelcome && standardOutput.isTerminal }

    /// Whether text on standard error gets colours.
    var coloursErrors: Bool { colourIsWelcome && standardError.isTerminal }

    /// Prints the result of a command, as the one JSON document or as text.
    func write(
        json document: @autoclosure () throws -> JSONValue,
        text: @autoclosure () throws -> TerminalText
    ) throws {
        if json { try writeJSON(document()) } else { try writeOut(text()) }
    }

    /// Prints a result for people; a line end is added where it is missing.
    func writeOut(_ text: TerminalText) throws {
        let rendered = text.rendered(colour: coloursOutput)
        guard !rendered.isEmpty else { return }
        try standardOutput.write(Self.endingItsLine(rendered))
    }

    /// Prints a table, cut to the width of the terminal, or a sentence where it has no rows. Where
    /// people look for all there is to know, it is shown in full.
    func writeOut(_ table: TextTable, ifEmpty sentence: TerminalText, inFull: Bool = false) throws {
        if table.isEmpty {
            writeError(sentence)
        } else {
            try standardOutput.write(
                table.rendered(
                    width: inFull ? nil : standardOutput.width, colour: coloursOutput))
        }
    }

    /// Prints the one JSON document of a command.
    func writeJSON(_ document: JSONValue) throws {
        try standardOutput.write(document.serialized + "\n")
    }

    /// Prints bytes as they are, for exports and completion scripts.
    func writeVerbatim(_ text: String) throws { try standardOutput.write(text) }

    /// Prints a message to standard error; a line end is added where it is missing.
    ///
    /// It cannot fail: nobody is left to be told.
    func writeError(_ text: TerminalText) {
        let rendered = text.rendered(colour: coloursErrors)
        guard !rendered.isEmpty else { return }
        try? standardError.write(Self.endingItsLine(rendered))
    }

    /// Prints `Warning: …` to standard error.
    func warn(_ text: TerminalText) { writeError("\("Warning:", .warning) \(text)") }

    /// Prints a failure, to standard error and with `--json` to standard output, too.
    ///
    /// - Parameter failure: Why the command did not do its work.
    /// - Returns: The exit status for the process.
    func report(_ failure: CommandFailure) -> Int32 {
        writeError(failure.text)
        if json { try? writeJSON(failure.json) }
        return failure.exitCode
    }

    private static func endingItsLine(_ text: String) -> String {
        text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n"
    }
}

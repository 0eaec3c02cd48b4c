import ArgumentParser

extension CommandFailure {
    /// Turns what parsing or running a command threw into a failure with a sentence and a hint.
    ///
    /// Returns nil for what is no failure, or was told already: `--help`, `--version`, a clean
    /// exit, an `ExitCode`. The caller then leaves the exit to the argument parser.
    init?(_ error: any Error, of command: any ParsableArguments.Type) {
        if error is CommandFailure || error is any CommandFailureConvertible {
            self.init(describing: error)
            return
        }
        let exitCode = command.exitCode(for: error)
        if exitCode == .success || error is ExitCode { return nil }
        // A failure that `validate()` throws arrives wrapped in a type of the parser's own.
        let isFromParser = String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
        guard exitCode == .validationFailure || isFromParser else {
            self.init(describing: error)
            return
        }
        var message = command.message(for: error)
        if message.last.map({ !".!?".contains($0) }) ?? true { message += "." }
        self.init(
            .usage, message,
            hint: Self.usage(in: command.fullMessage(for: error))
                ?? "Add --help to see how the command is used.")
    }

    /// The usage of the command in question, up to the blank line before its longer help.
    private static func usage(in text: String) -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { !$0.lowercased().hasPrefix("usage:") }
            .prefix { !$0.isEmpty }
            .map { $0.trimmingPrefix { $0.isWhitespace } }
        guard let first = lines.first else { return nil }
        // The parser writes "USAGE:" above a whole help text and "Usage:" below a sentence.
        return (["Usage:" + first.dropFirst("usage:".count)] + lines.dropFirst().map(String.init))
            .joined(separator: "\n")
    }
}

import ArgumentParser

/// Runs one command line from its words to its exit status.
enum CommandRunner {
    /// Parses, runs, and tells failures: as a sentence on standard error, and with `--json` as the
    /// one document on standard output, too.
    static func run(_ arguments: [String], in surroundings: Surroundings) async -> Int32 {
        let arguments = LeadingOptions.moved(arguments)
        let output = Output(
            json: arguments.prefix { $0 != "--" }.contains("--json"),
            environment: surroundings.environment,
            standardOutput: surroundings.standardOutput,
            standardError: surroundings.standardError)
        do {
            try CommandNames.check(arguments, in: SyncClient.self)
            let words = try DashedText.protected(
                arguments, flags: DashedText.flags(of: SyncClient.self))
            var command = try SyncClient.parseAsRoot(words)
            guard let known = command as? any ClientCommand else {
                // A group without a subcommand, or help and version.
                try command.run()
                return 0
            }
            try await known.run(in: CommandContext(known.options, in: surroundings))
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            if let failure = CommandFailure(error, of: SyncClient.self) {
                return output.report(failure)
            }
            // Help and version; the root knows under which name a command was called.
            let text = SyncClient.fullMessage(for: error)
            try? output.writeVerbatim(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n")
            return SyncClient.exitCode(for: error).rawValue
        }
    }
}

extension CommandRunner {
    /// Runs a command line as the system hands it over: words of bytes.
    ///
    /// A word in another encoding than UTF-8 is refused: repaired, it would be saved as something
    /// that nobody wrote.
    static func run(bytes words: [[UInt8]], in surroundings: Surroundings) async -> Int32 {
        var arguments: [String] = []
        for word in words {
            guard let text = String(validating: word, as: UTF8.self) else {
                let output = Output(
                    json: words.contains(Array("--json".utf8)),
                    environment: surroundings.environment,
                    standardOutput: surroundings.standardOutput,
                    standardError: surroundings.standardError)
                return output.report(
                    CommandFailure(
                        .badData, code: "invalidText",
                        "Word \(arguments.count + 1) of the command line is not valid UTF-8.",
                        hint: "Set the terminal to UTF-8, or convert the text and give it with -."))
            }
            arguments.append(text)
        }
        return await run(arguments, in: surroundings)
    }
}

/// `waymark --json status` means the same as `waymark status --json`.
enum LeadingOptions {
    /// Moves the options that every command takes from before the command's name to the end.
    static func moved(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var options: [String] = []
        while let first = rest.first {
            if first == "--json" || first.hasPrefix("--home=") {
                options.append(first)
                rest = rest.dropFirst()
            } else if first == "--home", rest.count > 1 {
                options += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        guard !options.isEmpty, !rest.isEmpty else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + options + Array(rest[end...])
    }
}

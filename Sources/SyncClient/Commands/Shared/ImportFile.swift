import Foundation

/// What commands that import a file have in common: reading it, and telling which lines did not fit.
enum ImportFile {
    /// Lines named one by one on a terminal; JSON has them all.
    private static let linesShown = 20

    /// The bytes of a file, or for `-` of standard input.
    static func read(
        _ file: String, byteCountMax bound: Int, in context: CommandContext
    ) throws -> Data {
        let data: Data
        do {
            if file == "-" {
                data = try context.surroundings.input.readStandardInput(bound + 1)
            } else {
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
                defer { try? handle.close() }
                data = try InputSurroundings.read(handle, byteCountMax: bound + 1)
            }
        } catch {
            throw CommandFailure(
                .badData, code: "unreadableFile",
                "The file \(InputFailure.quoted(file)) cannot be read.",
                hint: "Check its name and whether you may read it.")
        }
        guard data.count <= bound else {
            throw CommandFailure(
                .badData, code: "tooLarge",
                "The file is larger than \(ByteCount.string(bound)).",
                hint: "Split it into several.")
        }
        return data
    }

    /// Lines and what is to be said of them.
    static func json(_ lines: [(line: Int, reason: String)]) -> JSONValue {
        .array(lines.map { ["line": JSONValue($0.line), "reason": .string($0.reason)] })
    }

    /// Tells people the same, if there is anything to tell.
    static func warn(
        _ sentence: TerminalText, of lines: [(line: Int, reason: String)],
        in context: CommandContext
    ) {
        guard !lines.isEmpty else { return }
        context.output.warn(sentence)
        for line in lines.prefix(linesShown) {
            context.output.writeError("  line \(line.line): \(line.reason)")
        }
        if lines.count > linesShown {
            context.output.writeError("  … all of them are listed with --json")
        }
    }
}

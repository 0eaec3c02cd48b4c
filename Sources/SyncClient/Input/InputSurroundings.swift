import Foundation

/// Where texts come from when they are not in the arguments; tests bring their own.
struct InputSurroundings: Sendable {
    let standardInputIsTerminal: Bool

    /// The command to write texts with: `VISUAL`, else `EDITOR`; nil where neither is set.
    let editor: String?

    let temporaryDirectory: URL

    /// Returns at most so many bytes; reads no further than that.
    let readStandardInput: @Sendable (_ byteCountMax: Int) throws -> Data

    /// Runs an editor command on a file and returns its exit status.
    let runEditor: @Sendable (_ command: String, _ path: String) -> Int32

    /// What this process has.
    static var process: InputSurroundings {
        InputSurroundings(
            standardInputIsTerminal: isatty(STDIN_FILENO) == 1,
            editor: editor(in: ProcessInfo.processInfo.environment),
            temporaryDirectory: FileManager.default.temporaryDirectory,
            readStandardInput: { try read(.standardInput, byteCountMax: $0) },
            runEditor: { runInShell($0, on: $1) })
    }

    /// The first of `VISUAL` and `EDITOR` that is more than blanks.
    static func editor(in environment: [String: String]) -> String? {
        ["VISUAL", "EDITOR"].lazy.compactMap { environment[$0] }
            .first { $0.contains { !$0.isWhitespace } }
    }

    /// Reads until the end or the bound; a pipe delivers in pieces.
    static func read(_ handle: FileHandle, byteCountMax: Int) throws -> Data {
        var data = Data()
        while data.count < byteCountMax {
            guard let piece = try handle.read(upToCount: byteCountMax - data.count),
                !piece.isEmpty
            else { break }
            data.append(piece)
        }
        return data
    }

    /// The command goes through the shell, as in git, so that `EDITOR="code --wait"` works.
    ///
    /// `system` rather than Foundation's `Process`: the latter starts its child in a process
    /// group of its own, and an editor in the background may not read from the terminal.
    static func runInShell(_ command: String, on path: String) -> Int32 {
        let quotedPath = "'" + path.replacingOccurrences(of: "'", with: "'\\''") + "'"
        // With standard output redirected, as in `waymark journal write --json > entry.json`,
        // the editor still draws on the terminal and not into the file.
        let target = isatty(STDOUT_FILENO) == 1 || isatty(STDIN_FILENO) != 1 ? "" : " >/dev/tty"
        let status = system("\(command) \(quotedPath)\(target)")
        let signal = status & 0x7f
        if status == -1 { return 127 }
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}

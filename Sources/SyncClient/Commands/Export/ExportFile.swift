import Foundation

/// Files that exports write: whole or not at all, never over another file.
enum ExportFile {
    /// Writes a file; exits with a sentence where it exists or cannot be written.
    static func write(_ data: Data, to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(
                .refused, code: "fileExists", "There is a file \(path) already.",
                hint: "Choose another name, or remove it first.")
        }
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw failure(path, error)
        }
    }

    static func failure(_ path: String, _ error: any Error) -> CommandFailure {
        let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
        return CommandFailure(
            .refused, code: isFull ? "diskFull" : "unwritable",
            isFull ? "The disk is full." : "\(path) cannot be written.",
            hint: isFull
                ? "Make room, or export to another disk."
                : "Check that the folder exists and that you may write to it.")
    }
}

import Foundation

/// A folder that appears under its name when all its files are written.
struct ExportFolder {
    private let target: URL
    private let draft: URL

    /// Makes a draft beside the target, which must not exist or be empty.
    init(_ path: String) throws {
        target = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
        let name = ".\(target.lastPathComponent).part"
        draft = target.deletingLastPathComponent().appendingPathComponent(name, isDirectory: true)
        let manager = FileManager.default
        if manager.fileExists(atPath: target.path) {
            let contents = try? manager.contentsOfDirectory(atPath: target.path)
            guard let contents, contents.isEmpty else {
                throw CommandFailure(
                    .refused, code: "fileExists", "There is something in \(path) already.",
                    hint: "Choose another folder, or empty it first.")
            }
        }
        // What an export that was cut off has left.
        try? manager.removeItem(at: draft)
        do {
            try manager.createDirectory(
                at: draft, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw ExportFile.failure(path, error)
        }
    }

    func write(_ data: Data, to name: String) throws {
        try ExportFile.write(data, to: draft.appendingPathComponent(name).path)
    }

    func finish() throws {
        // The target may be an empty folder; renaming a folder onto it replaces it.
        guard rename(draft.path, target.path) == 0 else {
            throw ExportFile.failure(target.path, CocoaError(.fileWriteUnknown))
        }
    }

    func discard() { try? FileManager.default.removeItem(at: draft) }
}

import Foundation

/// A text file on its way through an editor, readable by its owner only.
///
/// It lies in a folder of its own that nobody else may enter, because editors put swap files and
/// backups beside the file; removing the folder removes those, too.
struct EditorDraft: Sendable {
    private let folder: URL
    private let file: URL

    var path: String { file.path }

    /// Creates the folder (mode 0700) and the file (mode 0600) and writes the text.
    init(text: String, in temporaryDirectory: URL) throws {
        var template = Array(
            temporaryDirectory.appendingPathComponent("waymark-XXXXXX").path.utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failure(errno) }
        let folderPath = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        folder = URL(fileURLWithPath: folderPath, isDirectory: true)
        file = folder.appendingPathComponent("text.md")
        let descriptor = open(file.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            remove()
            throw Self.failure(code)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } catch {
            remove()
            throw Self.failure(EIO)
        }
    }

    /// Returns what the editor left, at most so many bytes.
    func read(upToCount count: Int) throws -> Data {
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            return try handle.read(upToCount: count) ?? Data()
        } catch {
            throw CommandFailure(
                .refused, code: "editorFailed",
                "The editor left no readable file, so nothing was saved.",
                hint: "Save under the name that the editor was opened with.")
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    private static func failure(_ code: Int32) -> CommandFailure {
        CommandFailure(
            .refused, code: "editorFailed",
            "No file could be made for the editor: \(String(cString: strerror(code))).",
            hint: "Check TMPDIR and the free space, or give the text as an argument or \"-\".")
    }
}

import Cryptography
import Foundation
import GRDB
import Model
import Replica

extension Hub {
    /// What a backup is called and how far it goes.
    struct Backup: Sendable {
        let file: String
        let bytes: Int
        let position: Position
    }

    /// Copies database and keys into one file while the hub serves. The copy knows that it is one.
    ///
    /// The file appears whole or not at all, and only its owner can read it.
    func backup(to file: String, now: HubTime) throws -> Backup {
        let target = URL(fileURLWithPath: file).standardizedFileURL.path
        guard !FileManager.default.fileExists(atPath: target) else {
            throw HubError(
                .alreadyExists, "There is a file \(target) already; it was left as it is.",
                hint: "Choose another name, or move the file away first.")
        }
        let draft = AtomicFile.draft(for: target)
        let descriptor = Foundation.open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            throw HubError(
                .fileFailed, "The file \(target) cannot be written.",
                hint: "Choose a folder that exists and that you may write to.")
        }
        Foundation.close(descriptor)
        do {
            var position = Position.start
            let files = try backedUpFiles()
            try database.backup(to: draft) { store in
                position = try store.head()
                try store.hubMeta.set(.isBackup, integer: 1)
                try store.hubMeta.set(.backupMadeAt, integer: now.milliseconds)
                try store.insertBackupFiles(files)
            }
            guard rename(draft, target) == 0 else {
                throw HubError(.fileFailed, "The file \(target) cannot be written.")
            }
            let attributes = try? FileManager.default.attributesOfItem(atPath: target)
            return Backup(
                file: target, bytes: attributes?[.size] as? Int ?? 0, position: position)
        } catch {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) }
            if let error = error as? DatabaseError, error.resultCode == .SQLITE_FULL {
                throw HubError(
                    .fileFailed, "There is no room for the backup \(target).",
                    hint: "Free some space there, or choose another disk.")
            }
            throw error
        }
    }

    private func backedUpFiles() throws -> [(name: String, content: Data)] {
        var files: [(name: String, content: Data)] = []
        for path in [folder.keyPath, folder.tlsKeyPath, folder.tlsCertificatePath] {
            // Behind a proxy there is no certificate of the hub's own.
            guard let content = FileManager.default.contents(atPath: path) else { continue }
            files.append((URL(fileURLWithPath: path).lastPathComponent, content))
        }
        return files
    }
}

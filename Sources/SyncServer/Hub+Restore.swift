import Cryptography
import Foundation
import GRDB
import Model
import Replica

extension Hub {
    /// Makes a hub's folder from a file that ``backup(to:now:)`` wrote. The hub knows that it is a
    /// copy, and opens a new epoch before it writes anything.
    ///
    /// - Returns: up to where the copy goes.
    static func restore(from file: String, to folder: HubFolder) throws -> Position {
        guard !folder.holdsHub, !folder.holdsKey else {
            throw HubError(
                .alreadyExists, "There is a hub in \(folder.path) already.",
                hint: "Move that folder away first; keep it until everybody has synced.")
        }
        let source = URL(fileURLWithPath: file).standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: source) else {
            throw HubError(
                .fileFailed, "There is no file \(source).",
                hint: "Name the file that waymark-hub backup wrote.")
        }
        try folder.create()
        let draft = folder.databasePath + ".new"
        let suffixes = ["", "-wal", "-shm", "-journal"]
        for suffix in suffixes { unlink(draft + suffix) }
        do {
            try FileManager.default.copyItem(atPath: source, toPath: draft)
            guard chmod(draft, 0o600) == 0 else {
                throw HubError(.fileFailed, "The folder \(folder.path) cannot be written.")
            }
            let (files, position) = try takeFiles(from: draft)
            guard files.contains(where: { $0.name == "hub.key" }) else { throw notABackup(source) }
            // The database comes last: a restore that is cut off leaves no hub, and can be done again
            // in another folder.
            for file in files { try folder.restore(file.content, to: file.name) }
            guard rename(draft, folder.databasePath) == 0 else {
                throw HubError(.fileFailed, "The folder \(folder.path) cannot be written.")
            }
            try Hub.open(folder).close()
            return position
        } catch {
            for suffix in suffixes { unlink(draft + suffix) }
            for name in Self.backedUpNames { unlink(folder.path + "/" + name) }
            unlink(folder.databasePath)
            if error is DatabaseError { throw notABackup(source) }
            throw error
        }
    }

    private static let backedUpNames = ["hub.key", "tls.key", "tls.pem"]

    private static func notABackup(_ file: String) -> HubError {
        HubError(
            .malformed, "The file \(file) is no backup of a hub, or it is damaged.",
            hint: "Name a file that waymark-hub backup wrote.")
    }

    /// Takes the keys out of a copy.
    private static func takeFiles(
        from draft: String
    ) throws -> (files: [(name: String, content: Data)], position: Position) {
        let database = try HubDatabase(path: draft)
        defer { try? database.close() }
        return try database.write { store in
            guard try store.hubMeta.integer(.isBackup) == 1 else { throw notABackup(draft) }
            return (try store.takeBackupFiles(named: backedUpNames), try store.head())
        }
    }
}

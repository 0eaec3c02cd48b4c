import Cryptography
import Foundation
import GRDB
import Model
import Replica

extension Hub {
    /// Makes a hub's folder from a file that ``backup(to:now:)`` wrote. The hub knows that it is a
    /// copy, and opens a new epoch before it writes anything.
    ///
    /// A file that is none, or is damaged, is refused, and nothing is left of the attempt. One that
    /// was killed leaves the key; it can be done again in the same folder.
    ///
    /// - Returns: up to where the copy goes.
    static func restore(from file: String, to folder: HubFolder) throws -> Position {
        // What a link leads to: a copy of the link would be the backup itself.
        let source = URL(fileURLWithPath: file).standardizedFileURL.resolvingSymlinksInPath().path
        try requireDatabase(source)
        do {
            return try folder.reserved {
                guard !folder.holdsHub else {
                    throw HubError(
                        .alreadyExists, "There is a hub in \(folder.path) already.",
                        hint: "Move that folder away first; keep it until everybody has synced.")
                }
                return try fill(folder, from: source)
            }
        } catch {
            throw failure(error, source, folder)
        }
    }

    private static func fill(_ folder: HubFolder, from source: String) throws -> Position {
        let found = backedUpNames.filter {
            FileManager.default.fileExists(atPath: folder.path + "/" + $0)
        }
        let draft = AtomicFile.draft(for: folder.databasePath)
        do {
            try copy(source, to: draft, in: folder)
            try requireSoundBackup(draft, named: source)
            let (files, position) = try takeFiles(from: draft)
            guard let key = files.first(where: { $0.name == "hub.key" }) else {
                throw notABackup(source)
            }
            guard !folder.holdsKey || folder.holdsKey(key.content) else {
                throw HubError(
                    .alreadyExists, "The folder \(folder.path) holds the key of another hub.",
                    hint: "Choose another folder with --data; keep that key.")
            }
            // The database comes last: a restore that is cut off leaves no hub, and can be done
            // again.
            for file in files { try folder.restore(file.content, to: file.name) }
            try folder.putInPlace(draft)
            try Hub.open(folder).close()
            return position
        } catch {
            for path in [draft, folder.databasePath] { removeDatabase(path) }
            for name in Self.backedUpNames where !found.contains(name) {
                unlink(folder.path + "/" + name)
            }
            throw error
        }
    }

    private static let backedUpNames = ["hub.key", "tls.key", "tls.pem"]
    private static let sqliteMagic = Data("SQLite format 3\0".utf8)

    // MARK: Looking at the file

    /// Throws for what is not even a file of SQLite, before anything is copied.
    private static func requireDatabase(_ source: String) throws {
        var status = stat()
        guard stat(source, &status) == 0 else {
            throw HubError(
                .fileFailed, "There is no file \(source).",
                hint: "Name the file that waymark-hub backup wrote.")
        }
        // A device or a pipe has no end, or never begins.
        guard status.st_mode & S_IFMT == S_IFREG else { throw notABackup(source) }
        guard let handle = FileHandle(forReadingAtPath: source) else { throw unreadable(source) }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: sqliteMagic.count), head == sqliteMagic else {
            throw notABackup(source)
        }
        // SQLite reads zeros for what a last page lacks. Pages have a multiple of this size.
        guard status.st_size % 512 == 0 else { throw damaged(source) }
    }

    private static func copy(_ source: String, to draft: String, in folder: HubFolder) throws {
        guard FileManager.default.isReadableFile(atPath: source) else { throw unreadable(source) }
        do {
            try FileManager.default.copyItem(atPath: source, toPath: draft)
        } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
            throw noRoom(folder)
        } catch {
            throw unwritable(folder)
        }
        guard chmod(draft, 0o600) == 0 else { throw unwritable(folder) }
    }

    /// Throws unless the copy is one of a hub, and whole: now another backup can be taken, and in
    /// a year perhaps not.
    private static func requireSoundBackup(_ draft: String, named source: String) throws {
        switch try HubDatabase.condition(ofBackup: draft) {
        case .sound: return
        case .otherFile: throw notABackup(source)
        case .damaged: throw damaged(source)
        }
    }

    /// Takes the keys out of a copy, and leaves one file.
    private static func takeFiles(
        from draft: String
    ) throws -> (files: [(name: String, content: Data)], position: Position) {
        let database = try HubDatabase(path: draft)
        let taken = try database.write { store in
            (try store.takeBackupFiles(named: backedUpNames), try store.head())
        }
        try database.close()
        for suffix in ["-wal", "-shm"] { unlink(draft + suffix) }
        return taken
    }

    private static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    // MARK: What is said

    /// Names the file that was given, and never the copy of it that is gone.
    private static func failure(
        _ error: any Error, _ source: String, _ folder: HubFolder
    ) -> any Error {
        switch error {
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_FULL: noRoom(folder)
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_IOERR: unwritable(folder)
            default: damaged(source)
            }
        case let error as ReplicaError:
            switch error.reason {
            case .diskFull: noRoom(folder)
            case .readOnly: unwritable(folder)
            case .damaged, .badKey: damaged(source)
            default: error
            }
        case let error as HubError where error.reason == .damagedHub: damaged(source)
        default: error
        }
    }

    private static func notABackup(_ file: String) -> HubError {
        HubError(
            .malformed, "\(file) is no backup of a hub; nothing was restored.",
            hint: "Name a file that waymark-hub backup wrote.")
    }

    private static func damaged(_ file: String) -> HubError {
        HubError(
            .damagedHub, "The backup \(file) is damaged; nothing was restored.",
            hint: "Copy it again from where it is kept, or take another backup.")
    }

    private static func unreadable(_ file: String) -> HubError {
        HubError(
            .fileFailed, "The file \(file) cannot be read.",
            hint: "Check who owns it, and run waymark-hub as a user who may read it.")
    }

    private static func unwritable(_ folder: HubFolder) -> HubError {
        HubError(
            .fileFailed, "The folder \(folder.path) cannot be written.",
            hint: "Choose a folder that you may write to with --data.")
    }

    private static func noRoom(_ folder: HubFolder) -> HubError {
        HubError(
            .fileFailed, "There is no room for the hub in \(folder.path).",
            hint: "Free some space there, or choose a folder on another disk with --data.")
    }
}

import Cryptography
import Foundation
import Model
import Replica

extension Hub {
    /// Opens a hub to look at it, and closes it.
    ///
    /// SQLite writes beside a file even to read it. Where the disk takes no writing, as one that
    /// fails does after the system has noticed, a copy of the database in the system's temporary
    /// folder is read instead, and removed: then above all a hub is to be checked and backed up.
    static func reading<Result>(
        _ folder: HubFolder, whenCopied: () -> Void = {}, _ body: (Hub) throws -> Result
    ) throws -> Result {
        let hub: Hub
        do {
            hub = try Hub.open(folder)
        } catch  where HubError(describing: error).reason == .fileFailed {
            return try readingCopy(of: folder, because: error, whenCopied, body)
        }
        return try body(hub)
    }

    private static func readingCopy<Result>(
        of folder: HubFolder, because reason: any Error, _ whenCopied: () -> Void,
        _ body: (Hub) throws -> Result
    ) throws -> Result {
        let copy = HubFolder(
            NSTemporaryDirectory() + "waymark-reading-"
                + Hexadecimal.encode(RandomBytes.generate(count: 8)))
        defer { try? FileManager.default.removeItem(atPath: copy.path) }
        let hub: Hub
        do {
            try copy.create()
            try copy.takeDatabase(from: folder)
            hub = try Hub.open(copy)
        } catch {
            // What was wrong in the first place is worth more than that there is no way around it.
            throw reason
        }
        defer { try? hub.close() }
        whenCopied()
        return try body(hub)
    }
}

extension HubFolder {
    /// Copies the database of another folder, and leads to its keys without copying them.
    fileprivate func takeDatabase(from other: HubFolder) throws {
        let files = FileManager.default
        try ReadingCopy.copyFile(at: other.databasePath, to: databasePath)
        for (path, key) in [
            (keyPath, other.keyPath), (tlsKeyPath, other.tlsKeyPath),
            (tlsCertificatePath, other.tlsCertificatePath),
        ] where files.fileExists(atPath: key) {
            try files.createSymbolicLink(atPath: path, withDestinationPath: key)
        }
    }
}

package import Cryptography
import Foundation
import Wire

/// Where a device or hub keeps its signing key: a file of mode 0600 that holds the 32-byte seed.
package enum KeyFile {
    private static let seedBytes = 32

    /// Writes a new key file, whole or not at all; refuses to overwrite one.
    ///
    /// It gets its name when its content is on the disk: on a full one, half a key would stay
    /// behind, and the folder could not be used any more.
    package static func write(_ key: SigningKey, to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw ReplicaError(.exists, path)
        }
        try key.seed.withBytes { seed in try AtomicFile.write(Array(seed), to: path) }
    }

    /// Removes a file that holds less than a key, as an earlier version left it on a full disk.
    /// Nothing can have been signed with it.
    static func removeStump(_ path: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int, size < seedBytes else { return }
        unlink(path)
    }

    /// Reads a key file. One that others may read as well is from now on its owner's alone.
    ///
    /// - Throws: ``ReplicaError`` with `badKey`, or with `unreadableKey` for one that is there and
    ///   may not be read.
    package static func read(_ path: String) throws -> SigningKey {
        guard let data = FileManager.default.contents(atPath: path) else {
            var status = stat()
            let isMissing = stat(path, &status) != 0 && [ENOENT, ENOTDIR].contains(errno)
            throw ReplicaError(isMissing ? .badKey : .unreadableKey, path)
        }
        guard data.count == seedBytes else { throw ReplicaError(.badKey, path) }
        protect(path)
        var seed = [UInt8](data)
        return try SigningKey(seed: SecretBytes(wiping: &seed))
    }

    /// What a copy or a restored backup has made of the mode. Some disks know none, and some files
    /// belong to somebody else: that is no reason not to use the key.
    private static func protect(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return }
        chmod(path, 0o600)
    }
}

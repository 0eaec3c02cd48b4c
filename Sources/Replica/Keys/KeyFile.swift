package import Cryptography
import Foundation
import Wire

/// Where a device or hub keeps its signing key: a file of mode 0600 that holds the 32-byte seed.
package enum KeyFile {
    /// Writes a new key file; refuses to overwrite one.
    package static func write(_ key: SigningKey, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            throw ReplicaError(
                errno == ENOSPC ? .diskFull : errno == EEXIST ? .exists : .readOnly, path)
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try key.seed.withBytes { seed in
                try file.write(contentsOf: Data(buffer: seed))
            }
            try file.synchronize()
        } catch {
            throw ReplicaError(.diskFull, path)
        }
    }

    /// Reads a key file.
    package static func read(_ path: String) throws -> SigningKey {
        guard let data = FileManager.default.contents(atPath: path), data.count == 32 else {
            throw ReplicaError(.badKey, path)
        }
        var seed = [UInt8](data)
        return try SigningKey(seed: SecretBytes(wiping: &seed))
    }
}

import Cryptography
import Foundation
import GRDB
import Model

/// Reads a replica whose folder takes no writing: the disk is full, or mounted for reading only.
///
/// SQLite writes beside a file even to read it, so the file is copied to the system's temporary
/// folder and from there into memory; of the copy on the disk nothing stays. What was saved can so
/// be looked at and exported whatever has happened to the disk.
package enum ReadingCopy {
    /// Opens the replica's file as it is now, in memory.
    ///
    /// - Parameter path: the replica's file.
    /// - Returns: a database whose changes go nowhere.
    /// - Throws: ``ReplicaError`` where the copy cannot be made either.
    static func open(path: String) throws -> any DatabaseWriter {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent(
            "waymark-reading-" + RandomBytes.generate(count: 8).hexadecimal)
        try files.createDirectory(
            at: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        defer { try? files.removeItem(at: folder) }
        let copy = folder.appendingPathComponent("replica.sqlite").path
        try copyFile(at: path, to: copy)
        let file = try ReplicaDatabase.open(path: copy, isShared: false)
        let memory = try DatabaseQueue()
        try file.backup(to: memory)
        try file.close()
        return memory
    }

    /// Copies a file of SQLite that nobody writes, with what stands in its log; only its owner reads
    /// the copy.
    package static func copyFile(at path: String, to copy: String) throws {
        let files = FileManager.default
        for suffix in ["", "-wal"] where files.fileExists(atPath: path + suffix) {
            try files.copyItem(atPath: path + suffix, toPath: copy + suffix)
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy + suffix)
        }
    }
}

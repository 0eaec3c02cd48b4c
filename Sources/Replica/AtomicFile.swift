import Cryptography
import Foundation
import Model

/// Files that are there whole or not at all, whatever happens to the machine meanwhile.
package enum AtomicFile {
    /// Puts a file in its place when its content is on the disk; replaces one that is there.
    ///
    /// - Throws: ``ReplicaError`` with `diskFull` or `readOnly`.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let draft = draft(for: path)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ReplicaError(errno == ENOSPC ? .diskFull : .readOnly, path)
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(bytes))
            try file.synchronize()
        } catch {
            unlink(draft)
            throw ReplicaError(.diskFull, path)
        }
        guard rename(draft, path) == 0 else {
            unlink(draft)
            throw ReplicaError(.readOnly, path)
        }
        // The name is durable when its folder is; some file systems of sticks know no such thing.
        let folderDescriptor = open(folder(of: path), O_RDONLY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { return }
        _ = fsync(folderDescriptor)
        close(folderDescriptor)
    }

    /// The name that a file has until it is whole: beside its place, and no other file's. A program
    /// that is killed leaves it behind.
    package static func draft(for path: String) -> String {
        "\(path).\(RandomBytes.generate(count: 4).hexadecimal).new"
    }

    /// Foundation for Linux crashes on a name of one character (6.2).
    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

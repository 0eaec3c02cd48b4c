import Cryptography
import Foundation
import Model

/// Files that are there whole or not at all, whatever happens to the machine meanwhile.
package enum AtomicFile {
    /// Puts a file in its place when its content is on the disk; replaces one that is there.
    ///
    /// - Parameters:
    ///   - bytes: the content.
    ///   - path: the file's place.
    ///   - isDurable: false for what may as well be lost with the power: it does not wait for the
    ///     disk.
    /// - Throws: ``ReplicaError`` with `diskFull` or `readOnly`.
    package static func write(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws {
        // A sweep may take the draft for one that was left behind, in the moment before it is
        // locked.
        for isLast in [false, false, true] {
            let draft = draft(for: path)
            let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw ReplicaError(errno == ENOSPC ? .diskFull : .readOnly, path)
            }
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            _ = flock(descriptor, LOCK_EX | LOCK_NB)
            do {
                try file.write(contentsOf: Data(bytes))
                if isDurable { try file.synchronize() }
            } catch {
                unlink(draft)
                throw ReplicaError(.diskFull, path)
            }
            guard rename(draft, path) != 0 else { break }
            guard errno == ENOENT, !isLast else {
                unlink(draft)
                throw ReplicaError(.readOnly, path)
            }
        }
        guard isDurable else { return }
        // The name is durable when its folder is; some file systems of sticks know no such thing.
        let folderDescriptor = open(folder(of: path), O_RDONLY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { return }
        _ = fsync(folderDescriptor)
        close(folderDescriptor)
    }

    /// Removes the drafts of files that programs have left in a folder that were killed; whoever
    /// still writes one has it locked.
    ///
    /// - Parameters:
    ///   - folder: where the files are.
    ///   - names: the files' names. What is in the folder besides is not touched.
    package static func removeDrafts(in folder: String, of names: Set<String>) {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in found where isDraft(name, of: names) {
            let path = folder + "/" + name
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
            close(descriptor)
        }
    }

    /// Whether a name is that of a draft: as ``draft(for:)`` makes it, or Foundation, whose atomic
    /// writing earlier versions used.
    static func isDraft(_ name: String, of names: Set<String>) -> Bool {
        if name.hasPrefix(".dat.nosync") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.last == "new" else { return false }
        let digits = parts[parts.count - 2]
        return digits.utf8.count == 2 * draftBytes && digits.allSatisfy(\.isHexDigit)
            && names.contains(parts.dropLast(2).joined(separator: "."))
    }

    private static let draftBytes = 4

    /// The name that a file has until it is whole: beside its place, and no other file's. A program
    /// that is killed leaves it behind.
    package static func draft(for path: String) -> String {
        "\(path).\(RandomBytes.generate(count: draftBytes).hexadecimal).new"
    }

    /// Foundation for Linux crashes on a name of one character (6.2).
    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

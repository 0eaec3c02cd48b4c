import Foundation

/// Lets one program at a time do what two in one folder would spoil for each other. The lock is the
/// kernel's, so it ends with its process, however that ends.
package struct FolderLock: ~Copyable {
    /// What is done, and the name of the file that is locked meanwhile.
    package enum Purpose: String, Sendable {
        /// In a home: the hub gives a device one stream of news, and two watchers would take it
        /// from each other.
        case watching = "watch.lock"
        /// In a home: two joins would throw away each other's drafts.
        case joining = "join.lock"
        /// In a hub's folder: whoever serves the hub or makes it has the folder for itself.
        case hub = "serve.lock"
    }

    private let descriptor: Int32
    private let path: String

    /// Locks a folder that exists.
    ///
    /// - Returns: nil if another program does the same there.
    /// - Throws: ``ReplicaError`` with `readOnly` or `diskFull` where the folder takes no file.
    package static func acquire(_ purpose: Purpose, in folder: String) throws -> FolderLock? {
        let path = folder + "/" + purpose.rawValue
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw ReplicaError(errno == ENOSPC ? .diskFull : .readOnly, folder)
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                return nil
            }
            var (held, named) = (stat(), stat())
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
                return FolderLock(descriptor: descriptor, path: path)
            }
            // Who had it has removed the file since: a lock on that keeps nobody out.
            close(descriptor)
        }
    }

    /// Whether somebody has the lock now; makes no file to find that out.
    package static func isHeld(_ purpose: Purpose, in folder: String) -> Bool {
        let descriptor = open(folder + "/" + purpose.rawValue, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Ends the lock and leaves nothing of it in the folder.
    package consuming func remove() { unlink(path) }

    deinit { close(descriptor) }
}

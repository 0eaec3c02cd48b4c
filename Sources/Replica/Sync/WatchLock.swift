import Foundation

/// Lets one program watch a home at a time: the hub gives a device one stream of news, and two
/// watchers would take it from each other. The lock is the kernel's, so it ends with its process.
package struct WatchLock: ~Copyable {
    private let descriptor: Int32

    /// Nil if somebody watches the home already.
    package static func acquire(at home: String) throws -> WatchLock? {
        let descriptor = open(home + "/watch.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ReplicaError(.readOnly, home) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return WatchLock(descriptor: descriptor)
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}

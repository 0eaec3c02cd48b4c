import Foundation

/// Lets one sync of a home run at a time: two of them would only undo each other's round trips.
/// Other commands do not wait for it. The lock is the kernel's, so it ends with its process.
struct SyncLock {
    /// How long one sync waits for another before it gives up.
    private static let patience = Duration.seconds(120)

    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Lets the next one go.
    func release() {
        close(descriptor)
    }

    /// Waits until no other sync of this home runs.
    static func acquire(at home: String) async throws -> SyncLock {
        let descriptor = open(home + "/sync.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ReplicaError(.readOnly, home) }
        let lock = SyncLock(descriptor: descriptor)
        do {
            let deadline = ContinuousClock.now + patience
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                guard ContinuousClock.now < deadline else { throw ReplicaError(.busy, home) }
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch {
            lock.release()
            throw error
        }
        return lock
    }
}

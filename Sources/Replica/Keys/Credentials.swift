import Cryptography
import Foundation
import Model
import Wire

/// Who a replica is, and the key by which it proves that.
struct Credentials: Sendable {
    let identity: Identity
    let key: SigningKey

    /// Finds the key that belongs to the identity in a home folder.
    ///
    /// A re-keying writes the new key beside the old one first, then the identity in the database,
    /// then gives the new key the old one's name. If it was cut off in between, the database says
    /// which key counts, and this finishes it.
    init(identity: Identity, home: String) throws {
        let paths = KeyPaths(home: home)
        if let next = try? KeyFile.read(paths.next), DeviceID(next.publicKey) == identity.device {
            guard rename(paths.next, paths.current) == 0 else {
                throw ReplicaError(.readOnly, home)
            }
            self.init(identity: identity, key: next)
            return
        }
        let key = try KeyFile.read(paths.current)
        guard identity.device == DeviceID(key.publicKey) else {
            throw ReplicaError(.badKey, paths.current)
        }
        self.init(identity: identity, key: key)
    }

    /// For a replica whose key is missing and that is only read: nothing is ever signed by this one.
    init(ofReader identity: Identity) { self.init(identity: identity, key: SigningKey()) }

    /// The key is that of the identity's device.
    init(identity: Identity, key: SigningKey) {
        self.identity = identity
        self.key = key
    }
}

/// Where a home keeps its key, and the one that is to follow it.
struct KeyPaths {
    let current: String
    let next: String

    init(home: String) {
        current = home + "/device.key"
        next = current + ".next"
    }
}

import Cryptography
import Model
import Replica

/// The digest that a device with these level scopes sends.
enum StoreDigest {
    static func of(
        _ scopes: [(scope: Scope, chain: Digest, stateHash: StateHash)]
    ) -> Digest {
        StoreTransaction.digest(of: scopes)
    }
}

package import Cryptography
import Model

/// The nonce of a request that travels by bundle.
package enum BundleNonce {
    /// Works out the nonce of a request from where its device stands: position, digest, cursors,
    /// erasures. A signature that is never published makes it one that only the device's key can
    /// tell.
    package static func of(_ request: SyncRequest, key: SigningKey) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(bytes: request.programme.bytes)
        writer.append(bigEndian: UInt64(request.position.epoch))
        writer.append(bigEndian: request.position.number)
        writer.append(bytes: request.digest.bytes)
        for cursor in request.catchingUp.sorted(by: { $0.scope < $1.scope }) {
            writer.append(bytes: cursor.scope.bytes)
            writer.append(bigEndian: UInt64(cursor.position.epoch))
            writer.append(bigEndian: cursor.position.number)
        }
        if request.erased != .start {
            writer.append(bigEndian: UInt64(request.erased.epoch))
            writer.append(bigEndian: request.erased.number)
        }
        let signature = key.sign(writer.bytes, domain: .bundleNonce)
        let hash = Digest.of(signature.bytes, domain: .bundleNonce)
        return Array(hash.bytes.prefix(WireFormat.nonceByteCount))
    }
}

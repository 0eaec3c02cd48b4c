import Cryptography
import Model
import Replica
import Wire

/// Checks the snapshots that a hub keeps: that it has signed them, that their pieces are theirs, and
/// that their scopes stood so, by the log, which was checked before.
struct SnapshotVerification {
    let store: HubStore
    let hubKey: PublicKey

    /// The first fault, in words; nil if all is well.
    func fault() throws -> String? {
        for scope in try store.tables.allScopes() {
            for snapshot in try store.builtSnapshots(of: scope)
            where try !isSound(snapshot, of: scope) {
                return "A snapshot of the scope \(scope.scope.kind.name) is not sound."
            }
        }
        return nil
    }

    private func isSound(_ snapshot: HubStore.BuiltSnapshot, of scope: ScopeRow) throws -> Bool {
        guard let head = try? snapshot.signed.verify(hubKey: hubKey), head.scope == scope.scope,
            head.position == snapshot.position, head.pieceHashes.count == snapshot.pieceCount,
            head.opened == scope.opened,
            let standing = try store.standing(of: scope, at: head.position),
            standing.chain == head.chain, standing.stateHash == head.stateHash.bytes
        else { return false }
        var reader = SnapshotReader()
        var sum = StateHash.zero
        var devices: [DeviceNumber]?
        for (number, hash) in head.pieceHashes.enumerated() {
            let piece = try store.piece(number, of: snapshot)
            guard piece.hash == hash, let content = try? piece.open() else { return false }
            reader.append(content)
            if devices == nil { devices = try reader.devices() }
            while devices != nil, let record = try reader.next() {
                sum.add(
                    ContentHash.of(
                        record.record.bytes + record.canonicalBytes,
                        domain: HashDomain("waymark record state v1")))
            }
        }
        return sum == head.stateHash && reader.recordCount == head.recordCount
            && (try? reader.requireEnd()) != nil
    }
}

import Cryptography
import Foundation
import GRDB
package import Model
package import Wire

/// A bundle that was made and is not in a file yet.
package struct WrittenBundle: Sendable {
    package fileprivate(set) var bytes: [UInt8] = []
    /// Batches in it, and their changes as far as they are in it.
    package fileprivate(set) var batches = 0
    package fileprivate(set) var changes = 0
    /// Parcels of others in it.
    package fileprivate(set) var carried = 0
}

extension Replica {
    /// Bytes of a parcel after which the rest goes into another, so that one that gets lost or is
    /// cut costs little.
    private static let parcelBytesTarget = 4 * 1024 * 1024

    /// Makes a bundle with all that the hub may lack from this device, sealed to the hub, and what
    /// others gave this laptop for it, or for somebody of whom nothing is known here: whom the hub did
    /// not let in, and who waits for that answer. What is pending is sealed first.
    ///
    /// - Parameter now: the device's clock.
    /// - Returns: the bundle.
    /// - Throws: ``ReplicaError`` if it cannot be written to.
    package func bundleForHub(now: ClaimedTime) throws -> WrittenBundle {
        try write { store, credentials in try store.sealPending(credentials) }
        var bundle = WrittenBundle()
        // First what came from others: one's own work may build on it.
        let carried = freight.parcels()
        carry(carried.filter(\.head.isForHub), in: &bundle)
        carry(try forStrangers(carried.filter { !$0.head.isForHub }), in: &bundle)
        let parts = try requestParts(now: now)
        for batches in try unsentBatches() {
            var sealer = try ParcelSealer(toHub: identity.hubKey)
            for part in parts { sealer.append(part) }
            for batch in batches { sealer.append(.batch(batch)) }
            bundle.batches += batches.count
            bundle.changes += try batches.reduce(0) { $0 + (try $1.changeCount) }
            bundle.bytes += sealer.finish()
        }
        return bundle
    }

    /// Makes a bundle for a member: what this replica has of the scopes that they may read and that
    /// they may lack, sealed to their devices; the hub's answers that are carried for them; and what
    /// the hub lacks from here, for them to carry on. Whoever takes no part any more gets such answers
    /// alone: they say why.
    ///
    /// - Parameters:
    ///   - member: who it is for; oneself for one's other laptops.
    ///   - now: the device's clock.
    /// - Returns: the bundle.
    /// - Throws: ``ReplicaError`` with `notJoined`, `noReader`.
    package func bundle(for member: MemberID, now: ClaimedTime) throws -> WrittenBundle {
        try write { store, credentials in try store.sealPending(credentials) }
        let credentials = credentials
        let (selection, devices, certificate) = try writer.read { database in
            let store = StoreTransaction(database)
            let devices = try ReplicaReader(store: store, identity: credentials.identity)
                .devices(of: member).filter { $0.id != credentials.identity.device }
            let readers = devices.filter { $0.revocation == nil }
                .map(\.id).prefix(Limits.parcelRecipientsMax)
            return (
                try CarriedSelection(store, identity: credentials.identity, reader: member)
                    .make(devices: Array(readers)),
                devices.map(\.id), try store.ownCertificate()
            )
        }
        guard let certificate else { throw ReplicaError(.notJoined, "bundle") }
        var bundle = WrittenBundle()
        let answers = freight.parcels(for: devices)
        guard !selection.keys.isEmpty, selection.isReaderActive else {
            guard !answers.isEmpty else { throw ReplicaError(.noReader, member.text) }
            carry(answers, in: &bundle)
            return bundle
        }
        var entries = selection.entries[...]
        repeat {
            var sealer = try ParcelSealer(
                toDevices: selection.keys, programme: credentials.identity.programme)
            sealer.append(
                .letter(
                    Letter.seal(
                        programme: credentials.identity.programme, reader: member,
                        parcel: sealer.id, certificate: certificate, key: credentials.key)))
            for certificate in selection.certificates { sealer.append(.certificate(certificate)) }
            var isFirst = true
            while let entry = entries.first, sealer.byteCount < Self.parcelBytesTarget {
                // One alone always fits.
                if isFirst {
                    sealer.append(.entry(entry))
                } else if !sealer.append(ifFitting: .entry(entry)) {
                    break
                }
                isFirst = false
                bundle.batches += 1
                bundle.changes += try entry.batch.changeCount
                entries = entries.dropFirst()
            }
            bundle.bytes += sealer.finish()
        } while !entries.isEmpty
        carry(answers, in: &bundle)
        let forHub = try bundleForHub(now: now)
        bundle.bytes += forHub.bytes
        bundle.carried += forHub.carried
        return bundle
    }

    /// Those of the hub's answers that are for devices which this laptop does not know.
    private func forStrangers(_ answers: [Parcel]) throws -> [Parcel] {
        guard !answers.isEmpty else { return [] }
        let known = try read { try $0.devices().map(\.id) }
        return answers.filter { parcel in !known.contains { parcel.head.isFor($0) } }
    }

    private func carry(_ parcels: [Parcel], in bundle: inout WrittenBundle) {
        for parcel in parcels where parcel.isWhole {
            guard bundle.bytes.count + parcel.encodedBytes.count <= Limits.bundleBytesMax / 2
            else { break }
            bundle.bytes += parcel.encodedBytes
            bundle.carried += 1
        }
    }

    // MARK: For the hub

    /// What every parcel for the hub begins with: a request to be let in, if that is not done, and a
    /// request like that of a sync.
    private func requestParts(now: ClaimedTime) throws -> [ParcelPart] {
        let credentials = credentials
        let (redemption, request) = try asker().writer.read { database in
            let store = StoreTransaction(database)
            let isRedeemed = try store.meta.bytes(.certificate) != nil
            var request = try store.standingRequest(credentials)
            request.claimedTime = now
            try store.askAfterHeld(&request, identity)
            return (!isRedeemed, request)
        }
        var parts: [ParcelPart] = []
        if redemption {
            parts.append(.redemption(try Envelope(encodedBytes: redemptionRequest())))
        }
        parts.append(.request(request.sealed(by: credentials.key)))
        return parts
    }

    /// The device's batches that the hub may lack, in groups of what one request takes; one empty
    /// group if there are none, because the hub may have something to say.
    private func unsentBatches() throws -> [[SealedBatch]] {
        let device = identity.device
        return try writer.read { database in
            let store = StoreTransaction(database)
            let rows = try Row.fetchCursor(
                database,
                sql: StoreTransaction.LoggedBatch.selectSQL
                    + " WHERE device = ? AND state IN (0, 3) ORDER BY sequence",
                arguments: [device.column])
            var groups: [[SealedBatch]] = [[]]
            var (byteCount, changeCount) = (0, 0)
            while let row = try rows.next() {
                let logged = try StoreTransaction.LoggedBatch(row)
                let batch = SealedBatch(
                    headerBytes: logged.headerBytes, signature: logged.signature,
                    sections: try store.sections(of: logged).map { try $0.content })
                byteCount += batch.encodedBytes.count
                changeCount += try batch.changeCount
                let isTooMuch =
                    byteCount > Limits.pushBytesTarget || changeCount > Limits.pushChangesTarget
                if isTooMuch, groups.last?.isEmpty == false {
                    groups.append([])
                    (byteCount, changeCount) = (batch.encodedBytes.count, try batch.changeCount)
                }
                groups[groups.count - 1].append(batch)
            }
            return groups
        }
    }
}

extension SealedBatch {
    /// How many changes its sections state.
    package var changeCount: Int {
        get throws { try sections.reduce(0) { $0 + (try $1.outline().changeCount) } }
    }
}

extension StoreTransaction {
    /// A request from where the replica stands, for a bundle.
    ///
    /// Its nonce follows from the key and from where the replica stands, so that the answer, which
    /// may come much later, is known to fit exactly if the replica still stands there, and nobody
    /// else can make one that fits.
    func standingRequest(_ credentials: Credentials) throws -> SyncRequest {
        let scopes = try allScopes()
        let standpoint = try standpoint(of: scopes)
        var request = SyncRequest(
            programme: credentials.identity.programme, device: credentials.identity.device,
            nonce: [], position: standpoint.position,
            digest: Self.digest(level: scopes), catchingUp: standpoint.catchingUp)
        request.erased = standpoint.erased
        request.nonce = BundleNonce.of(request, key: credentials.key)
        return request
    }
}

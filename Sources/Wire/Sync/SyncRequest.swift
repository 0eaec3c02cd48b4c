package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// What a device says to the hub when it syncs: where it stands and what it has written.
package struct SyncRequest: Hashable, Sendable {
    package var programme: ProgrammeID
    package var device: DeviceID
    /// Sixteen random bytes; the answer repeats them.
    package var nonce: [UInt8]
    /// All level scopes are applied up to here.
    package var position: Position
    /// Of the level scopes at `position`; `protocol/sync.md` says how it is made.
    package var digest: Digest
    /// The device's own, in sequence, each whole.
    package var batches: [SealedBatch]
    /// Gained scopes that are not level yet.
    package var catchingUp: [ScopeCursor]
    /// The hub's, when it asked for one; else empty.
    package var challenge: [UInt8]
    package var schemaVersion: UInt32
    /// The device's clock; for measuring its offset only.
    package var claimedTime: ClaimedTime
    /// Changes when the device restarts.
    package var boot: UInt64
    /// Batches of other devices that this one has without a decision: got by bundle, or written
    /// here before the laptop got a new key.
    package var held: [Digest]
    /// Where those stand in their devices' logs, in the same order; or nothing.
    package var heldPlaces: [BatchPlace] = []
    /// Whether scopes that the device gains with the answer may begin with a snapshot.
    package var takesSnapshots = false
    /// Snapshots of scopes that catch up, of which pieces are missing.
    package var snapshots: [SnapshotCursor] = []
    /// Scopes that lack what lies behind their snapshot.
    package var history: [HistoryCursor] = []
    /// All erasures up to here are known to the device.
    package var erased: Position = .start
    /// What the hub has lost, in the hub's order as the device knows it.
    package var returned: [SyncAnswer.Entry] = []
    /// What the hub had erased from sections that the device has, when it gives something back.
    package var restatements: [Restatement.Signed] = []
    /// All starts of epochs that the device knows; only when it gives something back.
    package var epochs: [EpochStart.Signed] = []
    /// The device's own, for a hub that does not know it any more.
    package var certificate: DeviceCertificate.Signed?

    package init(
        programme: ProgrammeID, device: DeviceID, nonce: [UInt8], position: Position = .start,
        digest: Digest = .zero, batches: [SealedBatch] = [], catchingUp: [ScopeCursor] = [],
        challenge: [UInt8] = [], schemaVersion: UInt32 = Schema.version,
        claimedTime: ClaimedTime = ClaimedTime(milliseconds: 0), boot: UInt64 = 0,
        held: [Digest] = []
    ) {
        self.programme = programme
        self.device = device
        self.nonce = nonce
        self.position = position
        self.digest = digest
        self.batches = batches
        self.catchingUp = catchingUp
        self.challenge = challenge
        self.schemaVersion = schemaVersion
        self.claimedTime = claimedTime
        self.boot = boot
        self.held = held
    }

    /// Signs the request with the device's key.
    package func sealed(by key: SigningKey) -> Envelope {
        precondition(DeviceID(key.publicKey) == device, "A device signs its own requests.")
        return Envelope.seal(message.encoded, signer: device, key: key, domain: .syncRequest)
    }

    /// Checks the signature, then reads the request. The batches in it are not verified.
    ///
    /// - Parameters:
    ///   - envelope: the envelope as received.
    ///   - key: the key of the device that the envelope names as its signer.
    /// - Returns: what the device said.
    /// - Throws: ``WireError`` if it did not sign that, or if it cannot be read.
    package static func open(
        _ envelope: Envelope, key: PublicKey
    ) throws(WireError) -> SyncRequest {
        let device = DeviceID(key)
        try envelope.requireSignature(by: key, signer: device, domain: .syncRequest)
        let request = try SyncRequest(payload: envelope.payload)
        guard request.device == device else {
            throw WireError(.wrongDevice, "The request speaks for another device.")
        }
        return request
    }

    /// Reads a request of a device that the hub does not know, by the certificate that it shows.
    /// Of the request nothing but the certificate is looked at before that was found right.
    ///
    /// - Parameters:
    ///   - envelope: the envelope as received.
    ///   - hubKey: the hub's key, which must have signed the certificate.
    /// - Returns: what the device said and its certificate; nil if it shows none.
    /// - Throws: ``WireError`` for a certificate or a signature that is not right.
    package static func openCertified(
        _ envelope: Envelope, hubKey: PublicKey
    ) throws(WireError) -> (request: SyncRequest, certificate: DeviceCertificate)? {
        try requirePlausible(envelope.payload)
        let message = try Waymark_V1_SyncRequest(reading: envelope.payload, "request")
        guard message.hasCertificate else { return nil }
        let certificate = try DeviceCertificate.Signed(message.certificate)
            .verify(hubKey: hubKey)
        return (try open(envelope, key: certificate.key), certificate)
    }

    private var message: Waymark_V1_SyncRequest {
        var message = Waymark_V1_SyncRequest()
        message.protocolVersion = WireFormat.protocolVersion
        message.programme = programme.data
        message.device = device.data
        message.nonce = Data(nonce)
        if position != .start { message.position = position.message }
        message.digest = digest.data
        message.batches = batches.map(\.message)
        message.catchingUp = catchingUp.map(\.message)
        message.challenge = Data(challenge)
        message.schemaVersion = schemaVersion
        message.claimedTime = claimedTime.milliseconds
        message.boot = boot
        message.held = held.map(\.data)
        message.heldPlaces = heldPlaces.map(\.message)
        message.returned = returned.map(\.message)
        message.restatements = restatements.map(\.message)
        message.epochs = epochs.map(\.message)
        if let certificate { message.certificate = certificate.message }
        message.takesSnapshots = takesSnapshots
        message.snapshots = snapshots.map(\.message)
        message.history = history.map(\.message)
        if erased != .start { message.erased = erased.message }
        return message
    }

    private static func requirePlausible(_ payload: [UInt8]) throws(WireError) {
        guard FieldCount.isPlausible(payload, field: 7, bytesEach: 128),
            FieldCount.isPlausible(payload, field: 8, bytesEach: 20),
            FieldCount.isPlausible(payload, field: 13, bytesEach: 128),
            FieldCount.isPlausible(payload, field: 14, bytesEach: 64),
            FieldCount.isPlausible(payload, field: 16, bytesEach: 32),
            FieldCount.isPlausible(payload, field: 17, bytesEach: 12),
            FieldCount.isPlausible(payload, field: 21, bytesEach: 20),
            FieldCount.isPlausible(payload, field: 22, bytesEach: 8),
            FieldCount.isPlausible(payload, field: 26, bytesEach: 220)
        else { throw WireError(.tooMany, "The request repeats an empty field, or is damaged.") }
    }

    private init(payload: [UInt8]) throws(WireError) {
        try Self.requirePlausible(payload)
        let message = try Waymark_V1_SyncRequest(reading: payload, "request")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion, "request")
        guard message.nonce.count == WireFormat.nonceByteCount else {
            throw WireError(.malformed, "The nonce of a request has 16 bytes.")
        }
        try Limit.bytes(
            message.challenge.count, atMost: WireFormat.challengeBytesMax, "challenge")
        guard message.held.count <= WireFormat.heldBatchesMax,
            message.heldPlaces.count <= message.held.count,
            message.catchingUp.count <= Limits.catchingUpMax,
            message.snapshots.count <= Limits.catchingUpMax,
            message.history.count <= Limits.catchingUpMax
        else { throw WireError(.tooMany, "The request names too many batches or scopes.") }
        self.init(
            programme: try ProgrammeID(message.programme),
            device: try DeviceID(message.device, "device of the request"),
            nonce: Array(message.nonce), position: try Position(message.position),
            digest: try Digest(message.digest, "digest of the request"),
            batches: try message.batches.map { batch throws(WireError) in
                try SealedBatch(batch)
            },
            catchingUp: try message.catchingUp.map { cursor throws(WireError) in
                try ScopeCursor(cursor)
            },
            challenge: Array(message.challenge), schemaVersion: message.schemaVersion,
            claimedTime: ClaimedTime(milliseconds: message.claimedTime), boot: message.boot,
            held: try message.held.map { bytes throws(WireError) in
                try Digest(bytes, "held batch")
            })
        // One that named a small one again and again would count for more than it is.
        guard Set(catchingUp.map(\.scope)).count == catchingUp.count else {
            throw WireError(.malformed, "A request names a scope that catches up twice.")
        }
        heldPlaces = try message.heldPlaces.map { place throws(WireError) in
            try BatchPlace(place)
        }
        try Limit.count(message.epochs.count, in: 0...WireFormat.epochsMax, "starts of epochs")
        returned = try message.returned.map { entry throws(WireError) in
            try SyncAnswer.Entry(entry)
        }
        restatements = try message.restatements.map { restatement throws(WireError) in
            try Restatement.Signed(restatement)
        }
        erased = try Position(message.erased)
        epochs = try message.epochs.map { start throws(WireError) in
            try EpochStart.Signed(start)
        }
        takesSnapshots = message.takesSnapshots
        snapshots = try message.snapshots.map { cursor throws(WireError) in
            try SnapshotCursor(cursor)
        }
        history = try message.history.map { cursor throws(WireError) in
            try HistoryCursor(cursor)
        }
        if message.hasCertificate {
            certificate = try DeviceCertificate.Signed(message.certificate)
        }
    }
}

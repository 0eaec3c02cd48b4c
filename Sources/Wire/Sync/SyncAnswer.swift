package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// What the hub answers: a page of its order as far as the reader may read it, and what became of
/// the batches that were sent.
package struct SyncAnswer: Hashable, Sendable {
    /// The request's.
    package var nonce: [UInt8]
    package var hubTime: HubTime
    /// Level scopes are complete up to here after this answer.
    package var position: Position
    /// Whether to ask again for the rest.
    package var more: Bool
    /// The digest to expect after applying; nil when `position` is the request's.
    package var digest: Digest?
    /// Not empty: nothing else is said, ask again with it.
    package var challenge: [UInt8]
    /// In the hub's order.
    package var grants: [Grant]
    /// In the hub's order.
    package var entries: [Entry]
    /// How far `entries` bring gained scopes.
    package var caughtUp: [ScopeCursor]
    /// One for each batch of the request.
    package var receipts: [Receipt]
    /// Only after a digest mismatch.
    package var heads: [ScopeHead]
    /// What was decided on batches that the request named as held, as far as the hub knows them
    /// and the reader may read of it.
    package var held: [SignedAdmission]
    /// Batches that the request named as held and that will hardly ever be decided on: another one
    /// has their number, or their device writes no more. If one is, it comes like any other.
    package var void: [Digest] = []
    /// Not nil: the hub has lost what came after this place and says nothing else but receipts for
    /// what was given back.
    package var lacking: Position?
    /// All that the hub knows; to a device whose position is of another epoch.
    package var epochs: [EpochStart.Signed]
    /// Of sections that the device has and from which texts were erased since. Where there are any,
    /// the rest comes with the next answer.
    package var restatements: [Restatement.Signed] = []
    /// Not nil: the device knows all erasures up to here once it has taken this in.
    package var erased: Position?
    /// Whether the hub rules on nothing until an admin ends its recovery.
    package var recovering: Bool
    /// Not empty: why the hub answers nothing else; a stable word. Only in bundles: who carries
    /// them is not told.
    package var refusal = ""
    /// Pieces of snapshots, ascending by scope.
    package var snapshots: [SnapshotPart] = []
    /// What lies behind snapshots: by scope, then in the hub's order, each entry with sections of
    /// one scope.
    package var history: [Entry] = []
    /// How far `history` brings scopes.
    package var historyReached: [ScopeCursor] = []

    package init(
        nonce: [UInt8], hubTime: HubTime, position: Position = .start, more: Bool = false,
        digest: Digest? = nil, challenge: [UInt8] = [], grants: [Grant] = [],
        entries: [Entry] = [], caughtUp: [ScopeCursor] = [], receipts: [Receipt] = [],
        heads: [ScopeHead] = [], held: [SignedAdmission] = [], lacking: Position? = nil,
        epochs: [EpochStart.Signed] = [], recovering: Bool = false
    ) {
        self.nonce = nonce
        self.hubTime = hubTime
        self.position = position
        self.more = more
        self.digest = digest
        self.challenge = challenge
        self.grants = grants
        self.entries = entries
        self.caughtUp = caughtUp
        self.receipts = receipts
        self.heads = heads
        self.held = held
        self.lacking = lacking
        self.epochs = epochs
        self.recovering = recovering
    }

    /// Signs the answer with the hub's key.
    package func sealed(by hub: SigningKey) -> Envelope {
        Envelope.seal(message.encoded, signer: nil, key: hub, domain: .syncAnswer)
    }

    /// Checks the signature, then reads the answer. Batches and admissions in it are not verified.
    ///
    /// - Parameters:
    ///   - envelope: the envelope as received.
    ///   - hubKey: the key of the programme's hub.
    ///   - nonce: the nonce of the request that this must answer.
    /// - Returns: what the hub said.
    /// - Throws: ``WireError`` if it did not sign that, or if it cannot be read.
    package static func open(
        _ envelope: Envelope, hubKey: PublicKey, nonce: [UInt8]
    ) throws(WireError) -> SyncAnswer {
        let answer = try open(envelope, hubKey: hubKey)
        guard answer.nonce == nonce else {
            throw WireError(.wrongNonce, "The answer belongs to another request.")
        }
        return answer
    }

    /// The same for an answer to whatever request; the caller looks at its nonce.
    package static func open(
        _ envelope: Envelope, hubKey: PublicKey
    ) throws(WireError) -> SyncAnswer {
        try envelope.requireSignature(by: hubKey, signer: nil, domain: .syncAnswer)
        return try SyncAnswer(payload: envelope.payload)
    }

    private var message: Waymark_V1_SyncAnswer {
        var message = Waymark_V1_SyncAnswer()
        message.protocolVersion = WireFormat.protocolVersion
        message.nonce = Data(nonce)
        message.hubTime = hubTime.milliseconds
        if position != .start { message.position = position.message }
        message.more = more
        if let digest { message.digest = digest.data }
        message.challenge = Data(challenge)
        message.grants = grants.map(\.message)
        message.entries = entries.map(\.message)
        message.caughtUp = caughtUp.map(\.message)
        message.receipts = receipts.map(\.message)
        message.heads = heads.map(\.message)
        message.held = held.map(\.message)
        if let lacking { message.lacking = lacking.message }
        message.epochs = epochs.map(\.message)
        message.recovering = recovering
        message.void = void.map(\.data)
        message.refusal = refusal
        message.snapshots = snapshots.map(\.message)
        message.history = history.map(\.message)
        message.historyReached = historyReached.map(\.message)
        message.restatements = restatements.map(\.message)
        if let erased { message.erased = erased.message }
        return message
    }

    private init(payload: [UInt8]) throws(WireError) {
        guard FieldCount.isPlausible(payload, field: 8, bytesEach: 20),
            FieldCount.isPlausible(payload, field: 9, bytesEach: 128),
            FieldCount.isPlausible(payload, field: 10, bytesEach: 20),
            FieldCount.isPlausible(payload, field: 11, bytesEach: 36),
            FieldCount.isPlausible(payload, field: 12, bytesEach: 70),
            FieldCount.isPlausible(payload, field: 14, bytesEach: 64),
            FieldCount.isPlausible(payload, field: 16, bytesEach: 100),
            FieldCount.isPlausible(payload, field: 18, bytesEach: 32),
            FieldCount.isPlausible(payload, field: 20, bytesEach: 3),
            FieldCount.isPlausible(payload, field: 21, bytesEach: 128),
            FieldCount.isPlausible(payload, field: 22, bytesEach: 5),
            FieldCount.isPlausible(payload, field: 25, bytesEach: 220)
        else { throw WireError(.tooMany, "The answer repeats an empty field, or is damaged.") }
        let message = try Waymark_V1_SyncAnswer(reading: payload, "answer")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion, "answer")
        try Limit.bytes(
            message.challenge.count, atMost: WireFormat.challengeBytesMax, "challenge")
        try Limit.count(message.epochs.count, in: 0...WireFormat.epochsMax, "starts of epochs")
        self.init(
            nonce: Array(message.nonce), hubTime: try HubTime(ofAnswer: message.hubTime),
            position: try Position(message.position), more: message.more,
            digest: message.digest.isEmpty
                ? nil : try Digest(message.digest, "digest of the answer"),
            challenge: Array(message.challenge),
            grants: try message.grants.map { grant throws(WireError) in try Grant(grant) },
            entries: try message.entries.map { entry throws(WireError) in try Entry(entry) },
            caughtUp: try message.caughtUp.map { cursor throws(WireError) in
                try ScopeCursor(cursor)
            },
            receipts: try message.receipts.map { receipt throws(WireError) in
                try Receipt(receipt)
            },
            heads: try message.heads.map { head throws(WireError) in try ScopeHead(head) },
            held: try message.held.map { admission throws(WireError) in
                try SignedAdmission(admission)
            },
            lacking: message.hasLacking ? try Position(message.lacking) : nil,
            epochs: try message.epochs.map { start throws(WireError) in
                try EpochStart.Signed(start)
            },
            recovering: message.recovering)
        try Limit.bytes(
            message.refusal.utf8.count, atMost: Limits.shortTextBytesMax, "refusal of an answer")
        refusal = message.refusal
        try Limit.count(message.void.count, in: 0...WireFormat.heldBatchesMax, "void batches")
        void = try message.void.map { bytes throws(WireError) in
            try Digest(bytes, "void batch")
        }
        snapshots = try message.snapshots.map { part throws(WireError) in
            try SnapshotPart(part)
        }
        history = try message.history.map { entry throws(WireError) in try Entry(entry) }
        historyReached = try message.historyReached.map { cursor throws(WireError) in
            try ScopeCursor(cursor)
        }
        restatements = try message.restatements.map { restatement throws(WireError) in
            try Restatement.Signed(restatement)
        }
        erased = message.hasErased ? try Position(message.erased) : nil
    }
}

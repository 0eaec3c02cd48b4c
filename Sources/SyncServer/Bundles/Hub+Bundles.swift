import Cryptography
import Model
import Replica
import Wire

/// A parcel for the hub, opened, with what is signed in it checked.
struct PreparedBundle: Sendable {
    /// Who gets the answer.
    let recipient: PublicKey
    let redemption: PreparedRedemption?
    let sync: PreparedSync?
}

/// What became of a parcel.
struct PerformedBundle: Sendable {
    let recipient: PublicKey
    var redeemed: RedeemAnswer?
    var sync: PerformedSync?
    /// Why the hub takes nothing from the device; its carrier is not told.
    var refusal: HubError?
    var nonce: [UInt8] = []
    var time = HubTime(milliseconds: 0)
}

/// Requests that come by bundle, from whoever carries them: `protocol/bundles.md`.
///
/// They are judged by who made them, never by who brings them, and answered to nobody else: the
/// answer is sealed to the device. A request by bundle is like one over the network except in three
/// things. It may be old, or come twice, and is answered all the same, because only its author can
/// read the answer. A batch that comes before the one that it follows is left for later. And the
/// answer has as many pages as fit, because nobody can ask for the next one.
extension Hub {
    /// Pages of one answer go on until it has so many bytes.
    private static let answerBytesTarget = 8 * 1024 * 1024

    /// Takes in a parcel and returns the parcel that answers it.
    func carry(_ bytes: [UInt8], now: HubTime) throws -> [UInt8] {
        let prepared = try database.read { try prepareBundle(bytes, $0) }
        return try answer(perform([.bundle(prepared)], now: now)[0].get())
    }

    /// Opens a parcel and checks who signed what is in it.
    func prepareBundle(_ bytes: [UInt8], _ store: HubStore) throws -> PreparedBundle {
        let parcel = try Parcel(encodedBytes: bytes)
        try requireOwn(parcel.head.programme)
        guard parcel.head.isForHub, let contents = parcel.open(with: SealingKey(key)) else {
            throw HubError(.malformed, "The bundle is not for this hub, or it is damaged.")
        }
        var redemption: PreparedRedemption?
        var request: Envelope?
        var batches: [SealedBatch] = []
        for part in contents.parts {
            switch part {
            case .redemption(let envelope) where redemption == nil:
                redemption = try prepareRedemption(envelope.encodedBytes)
            case .request(let envelope) where request == nil: request = envelope
            case .batch(let batch): batches.append(batch)
            default: break
            }
        }
        var sync: PreparedSync?
        if let request {
            sync = try prepareSync(
                request, newcomer: redemption?.key, carrying: batches, store)
        }
        // The answer is sealed to one device, and everything in it has to be that one's.
        if let redemption, let sync, DeviceID(redemption.key) != sync.request.device {
            throw HubError(.malformed, "The bundle holds requests of two devices.")
        }
        guard let recipient = try recipient(of: sync, redemption, store) else {
            throw HubError(.malformed, "The bundle says nothing, or was cut before it does.")
        }
        // Some keys sign and cannot be sealed to; nobody could be given the answer.
        guard SealingPublicKey(recipient) != nil else {
            throw HubError(.malformed, "Nothing can be sealed to the key of the bundle's device.")
        }
        return PreparedBundle(recipient: recipient, redemption: redemption, sync: sync)
    }

    private func recipient(
        of sync: PreparedSync?, _ redemption: PreparedRedemption?, _ store: HubStore
    ) throws -> PublicKey? {
        if let redemption { return redemption.key }
        if let certificate = sync?.certificate { return certificate.key }
        return try (sync?.request.device).flatMap { try store.tables.key(of: $0) }
    }

    /// Does what a parcel asks for.
    func perform(
        _ prepared: PreparedBundle, _ ledger: Ledger, now: HubTime
    ) throws -> PerformedBundle {
        var performed = PerformedBundle(recipient: prepared.recipient)
        performed.nonce = prepared.sync?.request.nonce ?? []
        performed.time = try ledger.orderTime(now)
        do {
            if let redemption = prepared.redemption {
                performed.redeemed = try perform(redemption, ledger, now: now)
            }
            if let sync = prepared.sync { performed.sync = try perform(sync, ledger, now: now) }
        } catch let error as HubError where Self.isForItsAuthor(error) {
            performed.refusal = error
        }
        return performed
    }

    private static func isForItsAuthor(_ error: HubError) -> Bool {
        switch error.reason {
        case .deviceRevoked, .memberSuspended, .tokenExpired, .tokenUsed, .tokenRevoked,
            .issuerNotEntitled, .recovering, .refused:
            true
        default: false
        }
    }

    /// Whether a batch follows another one that has not come yet.
    func isAhead(_ batch: VerifiedBatch, _ ledger: Ledger) throws -> Bool {
        let device = batch.header.device
        let last = try ledger.tables.lastBatch(of: device)?.sequence ?? 0
        let parked = try ledger.store.lastParked(of: device)?.sequence ?? 0
        return batch.header.sequence > max(last, parked) + 1
    }

    // MARK: The answer

    /// Seals the answer to the device that asked.
    func answer(_ performed: PerformedBundle, _ store: HubStore) throws -> [UInt8] {
        var sealer = try ParcelSealer(
            toDevices: [performed.recipient], programme: identity.programme)
        if let redeemed = performed.redeemed {
            sealer.append(.redeemed(redeemed.sealed(by: key)))
        }
        if let refusal = performed.refusal {
            var answer = SyncAnswer(nonce: performed.nonce, hubTime: performed.time)
            answer.refusal = refusal.code
            sealer.append(.answer(answer.sealed(by: key)))
        }
        if let sync = performed.sync {
            var request: SyncRequest? = sync.request
            var page = try answer(sync, store, wantsSnapshots: false)
            sealer.append(.answer(page.sealed(by: key)))
            while true {
                request = request?.following(page)
                guard sealer.byteCount < Self.answerBytesTarget, let next = request else { break }
                page = SyncAnswer(
                    nonce: next.nonce, hubTime: page.hubTime, position: next.position,
                    recovering: page.recovering)
                try PageBuilder(
                    store: store, member: sync.member, request: next,
                    bytesTarget: pageBytesTarget, known: levelDigests, snapshotLogBytesMin: nil
                ).fill(&page)
                guard sealer.append(ifFitting: .answer(page.sealed(by: key))) else { break }
            }
        }
        return sealer.finish()
    }
}

extension SyncRequest {
    /// What the device will ask when it has applied this page; nil if the page leaves nothing to
    /// ask for, or only the device can tell.
    fileprivate func following(_ page: SyncAnswer) -> SyncRequest? {
        guard page.more, let digest = page.digest, page.heads.isEmpty, page.lacking == nil else {
            return nil
        }
        var cursors = Dictionary(
            catchingUp.map { ($0.scope, $0.position) }, uniquingKeysWith: min)
        for grant in page.grants { cursors[grant.scope] = grant.isGranted ? .start : nil }
        for cursor in page.caughtUp {
            cursors[cursor.scope] = cursor.position >= page.position ? nil : cursor.position
        }
        var next = self
        next.batches = []
        next.held = []
        next.position = page.position
        next.digest = digest
        if let erased = page.erased { next.erased = erased }
        next.catchingUp = cursors.map { ScopeCursor(scope: $0.key, position: $0.value) }
            .sorted { $0.scope < $1.scope }
        return next
    }
}

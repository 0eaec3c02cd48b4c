import Cryptography
import Foundation
import GRDB
package import Model
import Synchronization
import Wire

extension Replica {
    /// Syncs with the hub: sends what is unsent, fetches what is new, until both are level.
    ///
    /// - Parameters:
    ///   - connection: the way to the hub.
    ///   - now: the device's clock.
    ///   - boot: a number that changes when the machine restarts.
    ///   - historyBytesMax: when the replica is level, how much it fetches of what lies behind
    ///     snapshots; the rest comes with later syncs.
    ///   - progress: called after each page with changes fetched so far.
    /// - Returns: what was sent and fetched.
    /// - Throws: the connection's errors; ``ReplicaError`` with `badAnswer`.
    package func sync(
        over connection: any HubConnection, now: () -> ClaimedTime, boot: UInt64 = 0,
        historyBytesMax: Int = Limits.historyBytesTarget,
        progress: (SyncReport) -> Void = { _ in }
    ) async throws -> SyncReport {
        try requireWritable()
        let lock = try await SyncLock.acquire(at: home)
        defer {
            // What other programs do in between is not in a draft.
            renewal.withLock { $0 = nil }
            lock.release()
        }
        // Another program may have joined here, or joined anew, while this one waited.
        try refreshCredentials()
        var report = SyncReport()
        let left = try await deliverFreight(
            freight.parcelsForHub(), over: connection, report: &report)
        do {
            try await exchange(
                over: connection, now, boot, historyBytesMax: historyBytesMax, &report, progress)
        } catch let refusal as any HubRefusal {
            try await deliverRest(left, over: connection, report: &report)
            throw refusal
        }
        try await deliverRest(left, over: connection, report: &report)
        return report
    }

    /// Says and hears what this laptop itself has to, until it is level with the hub.
    private func exchange(
        over connection: any HubConnection, _ now: () -> ClaimedTime, _ boot: UInt64,
        historyBytesMax: Int, _ report: inout SyncReport, _ progress: (SyncReport) -> Void
    ) async throws {
        var session = SyncSession()
        var action = session.handle(.started(isRedeemed: identity.isRedeemed))
        var showsCertificate = false
        while true {
            switch action {
            case .redeem:
                let request = try redemptionRequest()
                report.roundTrips += 1
                report.bytesSent += request.count
                let answer = try await connection.redeem(request)
                report.bytesReceived += answer.count
                try applyRedemption(answer)
                action = session.handle(.redeemed)
            case .exchange(let challenge):
                let request = try syncRequest(
                    challenge: challenge, now: now(), boot: boot,
                    showsCertificate: showsCertificate,
                    waitingMax: report.waitingMax,
                    historyBytesMax: historyBytesMax - report.historyBytes)
                guard
                    let answer = try await exchange(
                        request, over: connection, &report, &showsCertificate)
                else { continue }
                action = session.handle(try apply(answer, to: request, report: &report))
                progress(report)
            case .rekey:
                let request = try rekeyRequest()
                report.roundTrips += 1
                report.bytesSent += request.bytes.count
                let answer = try await connection.rekey(request.bytes)
                report.bytesReceived += answer.count
                try applyRekeying(answer, to: request)
                report.formerDevice = request.former
                action = session.handle(.rekeyed)
            case .giveBack:
                let request = try givingBackRequest(
                    now: now(), boot: boot, showsCertificate: showsCertificate)
                guard
                    let answer = try await exchange(
                        request, over: connection, &report, &showsCertificate)
                else { continue }
                action = session.handle(try applyGivingBack(answer, to: request, report: &report))
            case .beginAnew:
                try beginAnew()
                action = session.handle(.begunAnew)
            case .mend:
                try mend()
                action = session.handle(.mended)
            case .finish:
                return
            case .giveUp:
                throw ReplicaError(.badAnswer, "sync")
            }
        }
    }

    /// Sends a request. Nil if the hub does not know this device, although it has once certified it:
    /// then the certificate has to be shown.
    private func exchange(
        _ request: PreparedSync, over connection: any HubConnection, _ report: inout SyncReport,
        _ showsCertificate: inout Bool
    ) async throws -> [UInt8]? {
        report.roundTrips += 1
        report.bytesSent += request.bytes.count
        do {
            let answer = try await connection.sync(request.bytes)
            report.bytesReceived += answer.count
            return answer
        } catch let refusal as any HubRefusal where refusal.isOfUnknownDevice {
            guard !showsCertificate else { throw refusal }
            showsCertificate = true
            return nil
        }
    }

    // MARK: Exchange

    /// A request and what its answer has to fit.
    package struct PreparedSync: Sendable {
        package let bytes: [UInt8]
        let nonce: [UInt8]
        let standpoint: Standpoint
        let batches: [Digest]
        /// How much of what lies behind snapshots is wanted, with this answer and those after it.
        var historyBytesMax = 0
        var asksForHistory = false
        /// Up to where it gives back what the hub has lost; nil for the end of the log.
        var givesBackThrough: Position?
        var givesBackEntries: [SyncAnswer.Entry] = []
    }

    /// Seals what is pending and makes the signed request. Writes only if something is pending.
    package func syncRequest(
        challenge: [UInt8] = [], now: ClaimedTime, boot: UInt64 = 0,
        showsCertificate: Bool = false, waitingMax: Int = 1,
        historyBytesMax: Int = Limits.historyBytesTarget
    ) throws -> PreparedSync {
        let asker = try asker()
        if asker === self {
            let hasPending = try writer.read { try Meta($0).integer(.pendingBytes) ?? 0 > 0 }
            if hasPending { try write { try $0.sealPending($1) } }
        }
        return try asker.sealedRequest(
            challenge: challenge, now: now, boot: boot, showsCertificate: showsCertificate,
            waitingMax: waitingMax, historyBytesMax: historyBytesMax)
    }

    private func sealedRequest(
        challenge: [UInt8], now: ClaimedTime, boot: UInt64, showsCertificate: Bool,
        waitingMax: Int, historyBytesMax: Int
    ) throws -> PreparedSync {
        let (identity, key) = (credentials.identity, credentials.key)
        let nonce = RandomBytes.generate(count: 16)
        let (request, standpoint) = try writer.read { database in
            let store = StoreTransaction(database)
            let scopes = try store.allScopes()
            let standpoint = try store.standpoint(of: scopes)
            var request = SyncRequest(
                programme: identity.programme, device: identity.device, nonce: nonce,
                position: standpoint.position,
                digest: StoreTransaction.digest(level: scopes),
                batches: try store.unsentBatches(
                    of: identity.device, waitingMax: waitingMax),
                catchingUp: standpoint.catchingUp,
                challenge: challenge, schemaVersion: Schema.version, claimedTime: now, boot: boot)
            try store.askAfterHeld(&request, identity)
            request.takesSnapshots = try store.takesSnapshots(device: identity.device)
            request.snapshots = standpoint.pieces
            if historyBytesMax > 0 { request.history = standpoint.history }
            request.erased = standpoint.erased
            if showsCertificate { request.certificate = try store.ownCertificate() }
            return (request, standpoint)
        }
        return PreparedSync(
            bytes: request.sealed(by: key).encodedBytes, nonce: nonce, standpoint: standpoint,
            batches: request.batches.map(\.id), historyBytesMax: historyBytesMax,
            asksForHistory: !request.history.isEmpty)
    }

    /// Applies one answer in one transaction and says what that means for the sync.
    package func apply(
        _ bytes: [UInt8], to request: PreparedSync, report: inout SyncReport
    ) throws -> SyncSession.Event {
        let answer = try open(bytes, nonce: request.nonce)
        if let renewal = try renewalUnderWay() {
            return try apply(answer, bytes, to: request, renewal, &report)
        }
        return try apply(answer, bytes.count, to: request, report: &report)
    }

    /// The same, without regard to a ``Renewal``.
    func apply(
        _ answer: SyncAnswer, _ byteCount: Int, to request: PreparedSync,
        report: inout SyncReport
    ) throws -> SyncSession.Event {
        report.hubTime = answer.hubTime
        report.hubIsRecovering = answer.recovering
        guard answer.challenge.isEmpty else { return .challenged(answer.challenge) }
        if let lacking = answer.lacking {
            try note(answer, lacking: lacking)
            return .lacking
        }
        if answer.isEmpty(at: request.standpoint.position), try !awaits(answer) {
            // Promising more, or not a word on what was sent, is no way forward.
            if answer.more || !request.batches.isEmpty { return .fruitless }
            // What was to be removed and is still in the file keeps a sync from its end.
            try resumePurge()
            return .paged(more: false, unsent: try hasUnsent(besides: request, report))
        }
        var page = report
        var isPurging = false
        let event: SyncSession.Event
        do {
            event = try write { store, credentials in
                guard try store.standpoint() == request.standpoint else { return .fruitless }
                try store.sealPending(credentials)
                var application = try PageApplication(
                    store: store, credentials, mayResendWaiting: !page.hasResentWaiting)
                let event = try application.apply(answer)
                page.add(application.outcome)
                isPurging = try store.meta.isPurgePending()
                return event
            }
        } catch is PageApplication.Disagreement {
            return .disagreeing
        }
        report = page
        if isPurging { try resumePurge() }
        return try goingOn(event, after: answer, byteCount, to: request, report: &report)
    }

    /// Whether something waits for an answer, be it an empty one.
    private func awaits(_ answer: SyncAnswer) throws -> Bool {
        try writer.read { database in
            let store = StoreTransaction(database)
            if try store.hasTail { return true }
            return try !answer.recovering && store.holdsUntilRecovered()
        }
    }

    /// Being level comes first; of what lies behind snapshots a sync fetches some.
    func goingOn(
        _ event: SyncSession.Event, after answer: SyncAnswer, _ byteCount: Int,
        to request: PreparedSync, report: inout SyncReport
    ) throws -> SyncSession.Event {
        guard case .paged(let more, _) = event else { return event }
        let bringsHistory = !answer.historyReached.isEmpty
        if bringsHistory { report.historyBytes += byteCount }
        let left = request.historyBytesMax - (bringsHistory ? byteCount : 0)
        // A hub that was asked and has brought nothing at all has none to give; a page that is
        // full of other things had no room for it.
        let mayBring = bringsHistory || !request.asksForHistory || answer.bringsNews
        let goesOn = try left > 0 && mayBring && lacksHistory()
        return .paged(more: more || goesOn, unsent: try hasUnsent(besides: request, report))
    }

    /// Reads an answer that the hub has signed.
    func open(_ bytes: [UInt8], nonce: [UInt8]) throws -> SyncAnswer {
        do {
            return try SyncAnswer.open(
                Envelope(encodedBytes: bytes), hubKey: identity.hubKey, nonce: nonce)
        } catch {
            if case .unsupportedVersion = error.reason { throw error }
            throw ReplicaError(.badAnswer, "signature")
        }
    }

    private func lacksHistory() throws -> Bool {
        try writer.read { database in
            try StoreTransaction(database).snapshots().values.contains { $0.state == .installed }
        }
    }

    /// Whether something is left to be sent after this request: what was not sent, or what once waited
    /// at the hub, if it lets nothing wait any more.
    private func hasUnsent(besides request: PreparedSync, _ report: SyncReport) throws -> Bool {
        let device = identity.device
        return try writer.read { database in
            let store = StoreTransaction(database)
            if try store.hasBatches(of: device, in: .unsent) { return true }
            return try !request.batches.isEmpty && report.waitingMax > 1
                && store.hasBatches(of: device, in: .waiting)
        }
    }
}

extension SyncAnswer {
    /// Whether applying it would change nothing.
    fileprivate func isEmpty(at position: Position) -> Bool {
        self.position == position && !bringsNews && receipts.isEmpty && heads.isEmpty
            && held.isEmpty && void.isEmpty && history.isEmpty && historyReached.isEmpty
            && erased == nil
    }

    /// Whether it has something of what takes precedence over history.
    fileprivate var bringsNews: Bool {
        !(grants.isEmpty && entries.isEmpty && caughtUp.isEmpty && snapshots.isEmpty)
    }
}

extension StoreTransaction {
    /// The digest over the scopes that are level.
    static func digest(level scopes: [ScopeRow]) -> Digest {
        digest(
            of: scopes.filter { $0.status == .level }.map { ($0.scope, $0.chain, $0.stateHash) })
    }

    /// Lets a request ask after batches of other devices, or of a former one of this laptop, on which
    /// the hub's decision has not come, or only that on a part; as many as one request asks after.
    func askAfterHeld(_ request: inout SyncRequest, _ identity: Identity) throws {
        let former = try ownDevices(identity).dropFirst().map { "\($0.device.column)" }
        let undecided = """
            SELECT id, device, sequence FROM batch
            WHERE epoch IS NULL AND device <> ? AND state IN (0, 3, 4)
            """
        let undecidedInPart = """
            SELECT id, device, sequence FROM batch
            WHERE device IN (\(former.joined(separator: ", "))) AND state = 1 AND EXISTS (
                SELECT 1 FROM section WHERE section.device = batch.device
                    AND section.sequence = batch.sequence AND section.epoch IS NULL)
            """
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    \(former.isEmpty ? undecided : undecided + " UNION ALL " + undecidedInPart)
                    ORDER BY device, sequence LIMIT ?
                    """), arguments: [request.device.column, WireFormat.heldBatchesMax])
        for row in rows {
            guard let id = Digest(bytes: row[0] as Data) else { continue }
            request.held.append(id)
            request.heldPlaces.append(
                BatchPlace(
                    device: DeviceID(column: row[1]), sequence: UInt64(bitPattern: row[2])))
        }
    }
}

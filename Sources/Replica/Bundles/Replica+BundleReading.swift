import Cryptography
import Foundation
import GRDB
import Model
import Wire

extension Replica {
    /// Reads a bundle: merges what is for this device, and keeps what is for others to carry it on.
    /// Reading it again changes nothing.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - progress: called after each parcel, with bytes done and all bytes.
    /// - Returns: what it brought.
    /// - Throws: ``WireError`` for a file that is no bundle, or of another programme;
    ///   ``ReplicaError``. What was merged before an error stays.
    package func readBundle(
        _ bytes: [UInt8], progress: (Int, Int) -> Void = { _, _ in }
    ) async throws -> BundleReport {
        try requireWritable()
        let lock = try await SyncLock.acquire(at: home)
        defer { lock.release() }
        // Another program may have joined here, or joined anew, while this one waited.
        try refreshCredentials()
        return try takeBundle(bytes, progress: progress)
    }

    /// The same while nothing else syncs.
    func takeBundle(
        _ bytes: [UInt8], progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> BundleReport {
        let (parcels, isWhole) = try Parcel.readAll(bytes)
        for parcel in parcels where parcel.head.programme != identity.programme {
            throw WireError(
                .wrongProgramme,
                "The bundle belongs to programme \(parcel.head.programme.text).")
        }
        var report = BundleReport()
        report.isCut = !isWhole
        var done = 0
        var carried: [(parcel: Parcel, contents: Parcel.Contents)] = []
        for parcel in parcels {
            if let contents = parcel.open(with: SealingKey(credentials.key)) {
                if !contents.isWhole { report.isCut = true }
                if case .letter = contents.parts.first {
                    carried.append((parcel, contents))
                    continue
                }
                try takeAnswers(contents, &report)
            } else if !parcel.isEmpty {
                report.usable += parcel.frameCount
                if try freight.keep(parcel) { report.carried += 1 }
            }
            done += parcel.encodedBytes.count
            progress(done, bytes.count)
        }
        // What the hub says lets scopes leave and come back, and with them what only members had of
        // them.
        for (parcel, contents) in carried {
            try takeCarried(contents, of: parcel, &report)
            done += parcel.encodedBytes.count
            progress(done, bytes.count)
        }
        if report.isForked { try write { store, _ in try store.meta.set(.forked, integer: 1) } }
        return report
    }

    // MARK: From members

    private func takeCarried(
        _ contents: Parcel.Contents, of parcel: Parcel, _ report: inout BundleReport
    ) throws {
        guard case .letter(let envelope) = contents.parts.first else { return }
        let (letter, _) = try Letter.open(envelope, hubKey: identity.hubKey, parcel: parcel.id)
        guard letter.reader == identity.member else {
            throw WireError(.wrongDevice, "The bundle is for another member.")
        }
        var result = report
        var isPurging = false
        try write { store, credentials in
            // What is pending was written without having seen any of this.
            try store.sealPending(credentials)
            var application = try CarriedApplication(store, credentials.identity)
            for part in contents.parts {
                switch part {
                case .certificate(let certificate): try application.learn(certificate)
                case .entry(let entry):
                    try application.apply(entry)
                    result.usable += 1
                default: break
                }
            }
            try application.takePostponed()
            try store.flush()
            isPurging = try store.meta.isPurgePending()
            application.note(in: &result)
            if result.news > 0 { try store.forgetOldNotifications() }
        }
        report = result
        if isPurging { try resumePurge() }
    }

    // MARK: From the hub

    /// Goes on with a sync whose requests went out by bundle: the same machine decides, and its next
    /// request is what the answer's next page answers.
    private func takeAnswers(
        _ contents: Parcel.Contents, _ report: inout BundleReport
    ) throws {
        var session = SyncSession()
        var action = session.handle(.started(isRedeemed: identity.isRedeemed))
        var standing: PreparedSync?
        parts: for part in contents.parts {
            switch part {
            case .redeemed(let envelope) where action == .redeem:
                try applyRedemption(envelope.encodedBytes)
                report.usable += 1
                action = session.handle(.redeemed)
            case .answer(let envelope):
                let answer = try SyncAnswer.open(envelope, hubKey: identity.hubKey)
                // Whom the hub does not let in gets a refusal alone.
                guard action.isExchange || !answer.refusal.isEmpty else { break }
                report.sync.hubTime = answer.hubTime
                report.usable += 1
                guard answer.refusal.isEmpty else {
                    report.refusal = answer.refusal
                    return
                }
                let expected = try standing ?? preparedStanding()
                guard answer.nonce == expected.nonce else {
                    // The replica has gone on since it asked. What the hub has, it has.
                    report.acknowledged += try noteReceived(answer.receipts)
                    return
                }
                let before = report.sync.pushedBatches
                let event = try apply(
                    envelope.encodedBytes, to: expected, report: &report.sync)
                report.acknowledged += report.sync.pushedBatches - before
                action = session.handle(event)
                // What the hub says next goes on from where it took the replica to be now.
                let next = try preparedStanding(nonce: expected.nonce)
                guard event != .fruitless, next.standpoint.position == answer.position else {
                    break parts
                }
                standing = next
            default: break
            }
        }
        switch action {
        case .finish: break
        case .rekey:
            report.isForked = true
            report.needsSync = true
        default: report.needsSync = true
        }
    }

    /// The request that this replica would write into a bundle now, as far as the answer has to fit
    /// it; what the hub says beyond the first answer has that one's nonce.
    private func preparedStanding(nonce: [UInt8]? = nil) throws -> PreparedSync {
        let credentials = credentials
        return try asker().writer.read { database in
            let store = StoreTransaction(database)
            return PreparedSync(
                bytes: [], nonce: try nonce ?? store.standingRequest(credentials).nonce,
                standpoint: try store.standpoint(), batches: [])
        }
    }

    /// Notes which own batches the hub has, as an answer says that came too late for the rest of
    /// what it says. Returns how many are news.
    private func noteReceived(_ receipts: [SyncAnswer.Receipt]) throws -> Int {
        let taken = receipts.filter { $0.outcome == .admitted || $0.outcome == .known }
        return try write { store, credentials in
            try taken.count { receipt in
                guard let batch = try store.batch(id: receipt.batch),
                    batch.device == credentials.identity.device, batch.state == .unsent
                else { return false }
                try store.set(state: .received, ofBatch: batch.id)
                return true
            }
        }
    }
}

extension SyncSession.Action {
    fileprivate var isExchange: Bool {
        if case .exchange = self { true } else { false }
    }
}

import Cryptography
import Foundation
import GRDB
import Model
import Synchronization
import Wire

/// A replica that is fetched anew from the start of the hub's order, because the hub was set back and
/// its order is another one now. Until everything is here the replica shows what it showed, and
/// holds it for a hub that is set back once more; then the new takes its place in one transaction.
///
/// The answers are kept as they came, so a sync that breaks off goes on at its page. What the next
/// request has to say depends on what they make of the replica: the draft, a copy in memory,
/// says that. It is made anew where it is not at hand.
struct Renewal: Sendable {
    /// Tells this renewal from others of the replica.
    let number: Int64
    /// The replica as it will be after the answers that are here. Nothing is sealed on it: it is
    /// the replica that writes under the device's key.
    let draft: Replica
    /// How many answers are here.
    let answerCount: Int

    static let createSQL = """
        -- Answers of the hub to a replica that is fetched anew, in the order they came.
        CREATE TABLE IF NOT EXISTS renewal (
            number INTEGER PRIMARY KEY,
            nonce BLOB NOT NULL,
            answer BLOB NOT NULL
        ) STRICT
        """
}

extension Replica {
    /// Fetches the replica anew from the start of the hub's order: the next requests begin there.
    package func beginAnew() throws {
        try write { store, _ in try store.beginRenewal() }
        renewal.withLock { $0 = nil }
    }

    /// Where the next request for what is new begins: a renewal's draft, if one is under way.
    func asker() throws -> Replica { try renewalUnderWay()?.draft ?? self }

    /// The renewal to which the next answer belongs; nil while there is none.
    func renewalUnderWay() throws -> Renewal? {
        let kept = try ReplicaError.mapping(path: home) {
            try writer.read { try StoreTransaction($0).renewal() }
        }
        guard let kept else {
            renewal.withLock { $0 = nil }
            return nil
        }
        if let known = renewal.withLock({ $0 }), known.number == kept.number,
            known.answerCount == kept.answerCount
        {
            return known
        }
        let made = try renewalWithDraft()
        renewal.withLock { $0 = made }
        return made
    }

    /// Makes the draft from the replica and the answers that are kept; nil if they do not fit it any
    /// more, and the renewal is over.
    private func renewalWithDraft() throws -> Renewal? {
        let database = try DatabaseQueue()
        try ReplicaError.mapping(path: home) { try writer.backup(to: database) }
        let draft = Replica(
            home: home, writer: database, credentials: credentials, obstacle: nil)
        do {
            return try draft.write { store, credentials in
                try store.forgetPending()
                let event = try store.renew(until: nil, self, credentials) { _ in }
                guard case .paged(more: true, _) = event, let kept = try store.renewal() else {
                    throw ReplicaError(.badAnswer, "renewal")
                }
                // It goes as it came.
                try store.meta.set(sweeping: .done)
                return Renewal(
                    number: kept.number, draft: draft, answerCount: kept.answerCount)
            }
        } catch let error where error.isOfAnswer {
            try endRenewal()
            return nil
        }
    }

    /// Applies an answer to the draft and keeps it, or, if it is the last one, takes over what has
    /// come.
    func apply(
        _ answer: SyncAnswer, _ bytes: [UInt8], to request: PreparedSync, _ renewal: Renewal,
        _ report: inout SyncReport
    ) throws -> SyncSession.Event {
        let standpoint = try renewal.draft.writer.read { try StoreTransaction($0).standpoint() }
        guard standpoint == request.standpoint else { return .fruitless }
        if try isSetBackSince(answer) {
            // What the replica holds tells best what it can give back.
            try endRenewal()
            return .fruitless
        }
        var page = report
        // A draft that is ahead of what is kept is not used again.
        self.renewal.withLock { $0 = nil }
        let event = try renewal.draft.apply(
            answer, bytes.count, to: request, report: &page)
        report.hubTime = page.hubTime
        report.hubIsRecovering = page.hubIsRecovering
        report.hasResentWaiting = page.hasResentWaiting
        switch event {
        case .challenged, .fruitless:
            self.renewal.withLock { $0 = renewal }
            return event
        case .disagreeing:
            return try takeOver(until: nil, bytes.count, to: request, &report) ?? event
        case .paged(more: true, _)
        where try renewal.draft.writer.read { try Meta($0).integer(.incomplete) == 1 }:
            try write { store, _ in try store.keep(bytes, nonce: request.nonce) }
            self.renewal.withLock {
                $0 = Renewal(
                    number: renewal.number, draft: renewal.draft,
                    answerCount: renewal.answerCount + 1)
            }
            return event
        default:
            return try takeOver(until: answer, bytes.count, to: request, &report) ?? .fruitless
        }
    }

    /// Whether the hub was set back once more after this replica had given back what it held. A draft
    /// at the start of the order has nothing by which the hub could tell; but to it the hub tells all
    /// its epochs, the present one being another then, and not always a later one.
    private func isSetBackSince(_ answer: SyncAnswer) throws -> Bool {
        guard answer.lacking == nil else { return true }
        let present = try answer.epochs.map { try $0.verify(hubKey: identity.hubKey).epoch }.max()
        guard let present, let saidIn = try writer.read({ try Meta($0).integer(.lackingSaidIn) })
        else { return false }
        return Int64(present) != saidIn
    }

    /// Puts what the kept answers and the last one bring in the place of what the hub had admitted.
    ///
    /// - Returns: what the last one means for the sync; nil if there is none, or it is not the last
    ///   one, or they do not fit and everything is fetched anew without what was here.
    private func takeOver(
        until last: SyncAnswer?, _ byteCount: Int, to request: PreparedSync,
        _ report: inout SyncReport
    ) throws -> SyncSession.Event? {
        var page = report
        let event: SyncSession.Event
        do {
            event = try write { store, credentials in
                try store.sealPending(credentials)
                let event = try store.renew(until: last, self, credentials) { page.add($0) }
                // To the replica it means something else than to the draft: that is made anew.
                if last != nil, case .paged(more: true, _) = event,
                    try store.meta.integer(.incomplete) == 1
                {
                    throw Unfinished()
                }
                try store.endRenewal()
                return event
            }
        } catch is Unfinished {
            return nil
        } catch let error where error.isOfAnswer {
            try dropAdmitted()
            return nil
        }
        report = page
        try resumePurge()
        guard let last else { return nil }
        return try goingOn(event, after: last, byteCount, to: request, report: &report)
    }

    /// Drops what the hub has admitted before it is here again.
    func dropAdmitted() throws {
        try write { store, credentials in
            try store.sealPending(credentials)
            try store.beginAnew(identity: credentials.identity)
            try store.endRenewal()
        }
        try resumePurge()
    }

    private struct Unfinished: Error {}

    private func endRenewal() throws {
        try write { store, _ in try store.endRenewal() }
        try resumePurge()
    }
}

extension Error {
    /// Whether it is what an answer says that does not fit.
    fileprivate var isOfAnswer: Bool {
        self is PageApplication.Disagreement || self is WireError
            || (self as? ReplicaError)?.reason == .badAnswer
    }
}

extension StoreTransaction {
    /// Which renewal is under way and how many answers are kept; nil while there is none.
    fileprivate func renewal() throws -> (number: Int64, answerCount: Int)? {
        guard let number = try meta.integer(.renewal) else { return nil }
        let count = try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM renewal"))
        return (number, count ?? 0)
    }

    fileprivate func beginRenewal() throws {
        try endRenewal()
        try meta.set(
            .renewal,
            integer: RandomBytes.generate(count: 8).reduce(0) { $0 << 8 | Int64($1) })
    }

    /// Forgets the answers; they may hold what nobody is to read any more.
    func endRenewal() throws {
        guard try meta.integer(.renewal) != nil else { return }
        try database.execute(sql: "DELETE FROM renewal")
        try meta.set(.renewal, integer: nil)
        try meta.notePurge()
    }

    fileprivate func keep(_ answer: [UInt8], nonce: [UInt8]) throws {
        try database.execute(
            sql: "INSERT INTO renewal (nonce, answer) VALUES (?, ?)",
            arguments: [Data(nonce), Data(answer)])
    }

    /// Drops what the hub has admitted and applies the answers in its place: those that are kept, and
    /// a last one.
    ///
    /// - Returns: what the last one that was applied means for the sync.
    fileprivate func renew(
        until last: SyncAnswer?, _ replica: Replica, _ credentials: Credentials,
        outcome: (PageOutcome) -> Void
    ) throws -> SyncSession.Event {
        try beginAnew(identity: credentials.identity)
        var event = SyncSession.Event.paged(more: true, unsent: false)
        func apply(_ answer: SyncAnswer) throws {
            guard case .paged(more: true, _) = event else { return }
            // As if each had come by itself.
            let store = StoreTransaction(database)
            var application = try PageApplication(store: store, credentials)
            event = try application.apply(answer)
            try store.flush()
            outcome(application.outcome)
        }
        // One after the other: all of them are as large as the replica.
        for number in try Int64.fetchAll(
            database, sql: "SELECT number FROM renewal ORDER BY number")
        {
            let row = try Row.fetchOne(
                database, sql: "SELECT nonce, answer FROM renewal WHERE number = ?",
                arguments: [number])
            guard let row else { continue }
            try apply(
                replica.open([UInt8](row[1] as Data), nonce: [UInt8](row[0] as Data)))
        }
        if let last { try apply(last) }
        forgetWhatWasRead()
        return event
    }

    /// Leaves out of a draft what is not sealed; the replica itself seals it.
    fileprivate func forgetPending() throws {
        try database.execute(sql: "DELETE FROM pendingPart; DELETE FROM pendingSet")
        try meta.set(.pendingBytes, integer: 0)
    }
}

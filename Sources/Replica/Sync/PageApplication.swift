import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Applies one answer of the hub inside one transaction: size, decoding and the hub's signature
/// were checked before; here come batch signatures, admissions, then the tables.
struct PageApplication {
    /// The scopes are not what the hub expects them to be after the page.
    struct Disagreement: Error {}

    let store: StoreTransaction
    private let credentials: Credentials
    let identity: Identity
    private let hubDevice: DeviceID
    /// The devices whose refused work is this laptop's to keep.
    let ownDevices: [StoreTransaction.OwnDevice]
    var outcome = PageOutcome()
    /// Whether work that waits at the hub may be sent again for its sake.
    let mayResendWaiting: Bool
    /// Whether a scope begins anew although the hub holds this device for level.
    var beginsAnew = false
    /// How far this page brings scopes that catch up.
    private var cursors: [Scope: Position] = [:]
    /// Sections of this page that are done; one of our own may come in both runs of entries.
    private var handled: Set<Digest> = []
    /// Whether the replica has never been whole yet.
    private(set) var isFirstSync = false
    let notifications: NotificationNoting
    /// When the hub received the latest of what this page brings.
    private var latestReceipt: HubTime?

    init(
        store: StoreTransaction, _ credentials: Credentials, mayResendWaiting: Bool = true
    ) throws {
        self.store = store
        self.mayResendWaiting = mayResendWaiting
        self.credentials = credentials
        identity = credentials.identity
        hubDevice = DeviceID(identity.hubKey)
        ownDevices = try store.ownDevices(identity)
        notifications = try NotificationNoting(store, identity)
    }

    mutating func apply(_ answer: SyncAnswer) throws -> SyncSession.Event {
        let event = try take(answer)
        try Reauthoring(store).layTailOverAgain()
        return event
    }

    private mutating func take(_ answer: SyncAnswer) throws -> SyncSession.Event {
        isFirstSync = try store.meta.integer(.incomplete) == 1
        for start in answer.epochs { _ = try start.verify(hubKey: identity.hubKey) }
        try store.note(answer.epochs, hubKey: identity.hubKey)
        let isForked = try isForked(answer)
        for receipt in answer.receipts where !Self.breaksChain(receipt) { try apply(receipt) }
        if isForked {
            try store.flush()
            return try resendsReceived(answer) ? .paged(more: true, unsent: false) : .forked
        }
        // The rest comes to a device that knows of the erasures.
        if try takeErasures(answer) { return .paged(more: true, unsent: false) }
        if !answer.heads.isEmpty {
            for grant in answer.grants where !grant.isGranted { try apply(grant) }
            try repair(answer.heads)
            try store.flush()
            return .repairing
        }
        // What the hub decided on our own batches comes first: a scope may leave with this very
        // page, and then only what is still undecided there becomes a rejected item.
        for entry in answer.entries where entry.batch == nil {
            try noteDecision(entry.admission, at: entry.position)
        }
        let leaving = Set(answer.grants.filter { !$0.isGranted }.map(\.scope))
        _ = try noteDecisions(onFormerWork: answer.held) { leaving.contains($0.scope) }
        for grant in answer.grants { try apply(grant) }
        cursors = Dictionary(
            answer.caughtUp.map { ($0.scope, $0.position) }, uniquingKeysWith: max)
        try stage(answer)
        for (entry, admission) in try inOrder(answer.entries) { try apply(entry, admission) }
        for cursor in answer.caughtUp { try catchUp(cursor, to: answer.position) }
        try takeHistory(answer)
        for admission in answer.held { try noteUnreleased(admission) }
        if !answer.more { try purgeFormerWork(answer.held) }
        // Until a recovery ends somebody may bring it.
        if !answer.more, !answer.recovering { try cutLostParts(answer.held) }
        for batch in answer.void { outcome.withdrawn += try store.letGo(ofHeld: batch, identity) }
        try store.flush()
        if outcome.news > 0 { try store.forgetOldNotifications() }
        try store.meta.set(position: answer.position)
        let more = answer.more || beginsAnew
        if let expected = answer.digest, !more {
            let scopes = try store.allScopes()
            let isExplained = scopes.contains { $0.setAside > 0 }
            guard isExplained || StoreTransaction.digest(level: scopes) == expected else {
                throw Disagreement()
            }
        }
        if !more {
            try store.meta.set(.incomplete, integer: 0)
            try store.meta.set(.forked, integer: nil)
            try store.noteNewsKnown(upTo: latestReceipt)
            // All that was decided is here. What the hub had and has lost is sent again.
            try store.resendUndecided(
                of: identity.device, besides: Set(answer.receipts.map(\.batch)))
            let finished = try Reauthoring(store).finish(credentials)
            outcome.renamedRecords += finished.renamed
            outcome.rejected += finished.rejected
            outcome.withdrawn += try store.letGoOfHeld(
                identity, isRecovering: answer.recovering)
            // Before anything is sent: it would be refused, or hang in the air.
            if try store.lacksPartOfUndecided(by: identity.device) {
                try store.flush()
                return .forked
            }
        }
        return .paged(more: more, unsent: false)
    }

    // MARK: Receipts and grants

    private mutating func apply(_ receipt: SyncAnswer.Receipt) throws {
        guard let batch = try store.batch(id: receipt.batch) else { return }
        switch receipt.outcome {
        case .admitted, .known:
            // Known is what arrived before although the answer to it was lost.
            if batch.state == .unsent {
                outcome.pushedBatches += 1
                outcome.pushedChanges += try store.sections(of: batch).reduce(0) {
                    $0 + (try $1.content.outline().changeCount)
                }
            }
            if batch.state == .waiting { outcome.hasTakenWaiting = true }
            try noteReceived(batch)
        case .waiting:
            try noteWaiting(batch)
        case .refused where receipt.code == Self.tooManyWaiting:
            // The hub takes it when it has decided on those that wait.
            try noteWaiting(batch)
        case .refused:
            outcome.refusedBatches.append(receipt.code)
            try store.set(state: .refusedWhole, refusal: receipt.code, ofBatch: receipt.batch)
            let reason = RefusalReason(wireCode: receipt.code)
            for section in try store.sections(of: batch) where section.position == nil {
                try apply(
                    section, header: batch.header(),
                    admission: SectionAdmission(
                        section: section.hash, floor: .earliest,
                        refusals: [.init(ordinal: SectionAdmission.allOrdinals, reason: reason)]),
                    position: nil, receipt: HubTime(milliseconds: 0), batch: receipt.batch)
            }
        }
    }

    private static let tooManyWaiting = "tooManyWaiting"

    private mutating func noteWaiting(_ batch: StoreTransaction.LoggedBatch) throws {
        outcome.waitingBatches += 1
        try store.set(state: .waiting, ofBatch: batch.id)
    }

    /// It need not be sent again, although the decision may come with a later page.
    private func noteReceived(_ batch: StoreTransaction.LoggedBatch) throws {
        try store.set(state: batch.position == nil ? .received : .admitted, ofBatch: batch.id)
    }

    private mutating func apply(_ grant: Grant) throws {
        if grant.isGranted {
            var row = try store.scope(grant.scope)
            row.status = .catchingUp
            row.cursor = .start
            try store.update(row)
            outcome.gainedScopes.append(grant.scope)
        } else {
            try store.purge(grant.scope, identity: identity, outcome: &outcome)
            outcome.departedScopes.append(grant.scope)
        }
    }

    /// Fetches scopes anew that differ from the hub's.
    private mutating func repair(_ heads: [SyncAnswer.ScopeHead]) throws {
        let byScope = Dictionary(heads.map { ($0.scope, $0) }) { first, _ in first }
        for row in try store.allScopes() where row.status == .level && row.chain != .zero {
            let head = byScope[row.scope]
            let hasSameState = head?.stateHash == row.stateHash.bytes || row.setAside > 0
            if let head, head.chain == row.chain, hasSameState { continue }
            try store.discardAdmitted(row.scope, identity: identity)
            guard head != nil else { continue }
            var fresh = try store.scope(row.scope)
            fresh.status = .catchingUp
            try store.update(fresh)
        }
        for head in heads where try store.scope(head.scope).chain == .zero {
            var row = try store.scope(head.scope)
            row.status = .catchingUp
            row.cursor = .start
            try store.update(row)
        }
    }

    // MARK: Entries

    /// Notes the hub's decision on a batch of this device and keeps what was refused.
    private mutating func noteDecision(
        _ signed: SignedAdmission, at place: Position? = nil
    ) throws {
        // What came back to the hub came section by section.
        let admission = try signed.verify(hubKey: identity.hubKey, isWhole: place == nil)
        guard let own = try store.batch(id: admission.batch), own.device == identity.device else {
            throw ReplicaError(.badAnswer, "batch")
        }
        try store.note(admission: admission, signed: signed, of: own.header())
        let decisions = Dictionary(
            admission.sections.map { ($0.section, $0) }, uniquingKeysWith: { first, _ in first })
        for logged in try store.sections(of: own) {
            guard let decision = decisions[logged.hash],
                let decisionBytes = signed.bytes(of: logged.hash)
            else { continue }
            try store.note(
                decisionBytes, at: place ?? admission.position, ofSection: logged.key)
            guard let section = try? logged.content.open() else { continue }
            try note(decision, on: section, logged, of: own.id)
        }
    }

    /// Keeps what the hub refused of a section that this laptop wrote, and takes back what was taken
    /// for refused.
    mutating func note(
        _ decision: SectionAdmission, on section: Section,
        _ logged: StoreTransaction.LoggedSection, of batch: Digest
    ) throws {
        for set in section.changeSets {
            guard let reason = decision.refusal(ofOrdinal: set.ordinal) else {
                try noteAdmitted(set, in: section.scope, of: batch)
                continue
            }
            outcome.rejected += try store.reject(
                set, by: logged.device, in: store.scope(key: logged.scopeKey), of: batch,
                from: (logged.hash, section.firstPlace(of: set)), reason: reason,
                at: set.claimed)
        }
    }

    /// What the hub has admitted after all is no rejected item any more: its scope had left with an
    /// earlier page and come back, or the hub decided before it left.
    mutating func noteAdmitted(_ set: ChangeSet, in scope: Scope, of batch: Digest) throws {
        let ids = try store.takeBackRejection(of: set, in: scope, of: batch)
        outcome.admittedAfterAll += ids
        outcome.rejected.removeAll { ids.contains($0) }
    }

    /// Entries by position: the answer has two runs of them, and a scope's chain wants one order.
    private func inOrder(
        _ entries: [SyncAnswer.Entry]
    ) throws -> [(SyncAnswer.Entry, Admission)] {
        let verified = try entries.enumerated().map { index, entry in
            let admission = try entry.admission.verify(hubKey: identity.hubKey, isWhole: false)
            return (index: index, entry: entry, admission: admission)
        }
        return verified.sorted {
            ($0.entry.position ?? $0.admission.position, $0.index)
                < ($1.entry.position ?? $1.admission.position, $1.index)
        }
        .map { ($0.entry, $0.admission) }
    }

    private mutating func apply(_ entry: SyncAnswer.Entry, _ admission: Admission) throws {
        let own = try store.batch(id: admission.batch)
        let header: BatchHeader
        var sections: [Digest: SectionBytes] = [:]
        if let batch = entry.batch {
            header = try verify(batch, of: admission)
            try store.makeRoom(for: batch.id, header: header, identity)
            try store.log(batch, header: header, state: .admitted)
            for section in batch.sections { sections[section.hash] = section }
        } else {
            guard let own, own.device == identity.device else {
                throw ReplicaError(.badAnswer, "batch")
            }
            header = try own.header()
        }
        let isOwn = header.device == identity.device
        if isOwn, let own {
            for section in try store.sections(of: own) {
                sections[section.hash] = try sections[section.hash] ?? section.content
            }
        }
        try store.note(admission: admission, signed: entry.admission, of: header)
        latestReceipt = max(latestReceipt ?? admission.receipt, admission.receipt)
        if !isOwn { outcome.pulledBatches += 1 }
        for decision in admission.sections {
            guard let section = sections[decision.section],
                let decisionBytes = entry.admission.bytes(of: decision.section)
            else {
                // One's own section of a scope that has left this replica.
                if isOwn { continue }
                throw ReplicaError(.badAnswer, "section")
            }
            let isDelivered = entry.batch?.sections.contains { $0.hash == section.hash } ?? false
            try apply(
                section, decision, decisionBytes, of: header, admission: admission,
                at: entry.position ?? admission.position, isOwn: isOwn, isDelivered: isDelivered)
        }
    }

    private mutating func apply(
        _ bytes: SectionBytes, _ decision: SectionAdmission, _ decisionBytes: [UInt8],
        of header: BatchHeader, admission: Admission, at position: Position, isOwn: Bool,
        isDelivered: Bool
    ) throws {
        let outline = try bytes.outline()
        let row = try store.scope(outline.scope)
        let section = try? bytes.open()
        let isReleased = decision.releases(section)
        if header.device == hubDevice {
            // They count at once, so that what those devices wrote can be verified although the
            // scope is not level yet.
            for certificate in section?.deviceCertificates ?? [] {
                try learnDevice(certificate: certificate)
            }
        }
        let isDeferred = row.status == .catchingUp && isReleased
        // Entries of a scope that catches up come in its own order. One's own of before come with
        // them; what was written since is here already, and counts if the page reaches it.
        let reached = cursors[outline.scope] ?? .start
        if isDeferred, !isDelivered, reached < position {
            return try showDeferred(bytes, of: header, in: row)
        }
        guard handled.insert(bytes.hash).inserted else { return }
        if isOwn, try store.isApplied(bytes.hash, of: header) { return }
        if isOwn, row.chain == .zero, row.status == .level, try isReleased || !mayRead(row.scope) {
            // A scope comes with a grant before its first entry. Without one we may not read it: we
            // wrote there and lost it in one breath. What was refused may quote what left with it.
            try store.purge(outline.scope, identity: identity, outcome: &outcome)
            if isReleased { outcome.departedScopes.append(outline.scope) }
            return
        }
        let isBack =
            try isMine(header.device, header.sequence) && !store.isHeld(bytes.hash, of: header)
        if isBack, row.status == .level {
            try store.noteReturn(ofChanges: outline.changeCount, to: row)
        }
        let key = try store.log(
            section: bytes, of: header, in: row, position: position,
            admissionBytes: decisionBytes, isReleased: isReleased, isApplied: !isDeferred)
        if isBack, try store.isComingBack(row) { try store.noteReturn(ofSection: key) }
        if isReleased, try !isBehindSnapshot(position, in: row) {
            try store.extendChain(
                of: outline.scope, position: position, batch: admission.batch,
                section: bytes.hash, admissionBytes: decisionBytes)
        }
        if !isOwn { outcome.pulledChanges += outline.changeCount }
        guard !isDeferred else { return try showDeferred(bytes, of: header, in: row) }
        let logged = try store.section(key: key)
        try apply(
            logged, header: header, admission: decision, position: position,
            receipt: admission.receipt, batch: admission.batch)
    }

    private mutating func catchUp(_ cursor: ScopeCursor, to position: Position) throws {
        var row = try store.scope(cursor.scope)
        guard row.status == .catchingUp else { return }
        row.cursor = cursor.position
        try store.update(row)
        // A snapshot may be of a later place than this page.
        guard cursor.position == position, try install(in: row) else { return }
        row = try store.scope(key: row.key)
        row.status = .level
        try store.update(row)
        for logged in try store.unappliedSections(of: row) {
            guard let batch = try store.batch(device: logged.device, sequence: logged.sequence),
                let admissionBytes = logged.admissionBytes, let position = logged.position,
                let receipt = batch.receipt
            else { continue }
            let decision = try SectionAdmission(encodedBytes: admissionBytes)
            try apply(
                logged, header: batch.header(), admission: decision, position: position,
                receipt: receipt, batch: batch.id)
            // One's own may have come with a snapshot alone.
            try store.markApplied(
                logged.key, isReleased: decision.releases(try? logged.content.open()))
        }
        try store.noteReturn(of: row, identity: identity)
    }
}

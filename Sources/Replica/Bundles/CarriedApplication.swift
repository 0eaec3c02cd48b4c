import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Takes in what another member's bundle brings, inside one transaction. The order is that of all
/// things from outside: size and form were checked before; here come signatures, the author's
/// chain, permission, then the tables.
///
/// Nothing of it becomes admitted here: it is laid over the records until the hub's own page brings
/// it. What the hub has decided already is laid over as the hub decided it; of the rest, what the
/// hub would refuse by all that is known here is kept without being shown.
struct CarriedApplication {
    private let store: StoreTransaction
    private let identity: Identity
    private let ownDevices: [StoreTransaction.OwnDevice]
    private let tailDevices: Set<DeviceID>
    private let position: Position
    private let hubDevice: DeviceID
    private let notifications: NotificationNoting
    private var batches = 0
    private var changes = 0
    private var acknowledged = 0
    private var leftOut = 0
    private var news = 0
    private var isForked = false
    /// Batches with parts in scopes that this member may not read by what was known when they came.
    private var postponed: [Postponed] = []
    /// Batches of devices to which the hub would not listen, or that nobody knows, by what was known
    /// when they came.
    private var unheard: [CarriedBatch] = []

    private struct Postponed {
        let carried: CarriedBatch
        let header: BatchHeader
        let admission: Admission?
        /// Whether another part of it was taken.
        let isCounted: Bool
    }

    init(_ store: StoreTransaction, _ identity: Identity) throws {
        self.store = store
        self.identity = identity
        ownDevices = try store.ownDevices(identity)
        tailDevices = try store.tailDevices()
        position = try store.meta.position()
        hubDevice = DeviceID(identity.hubKey)
        notifications = try NotificationNoting(store, identity)
    }

    func note(in report: inout BundleReport) {
        report.batches += batches
        report.changes += changes
        report.acknowledged += acknowledged
        report.leftOut += leftOut
        report.news += news
        if isForked {
            report.isForked = true
            report.needsSync = true
        }
    }

    /// A certificate counts wherever it comes from, because the hub has signed it.
    func learn(_ signed: DeviceCertificate.Signed) throws {
        let certificate = try signed.verify(hubKey: identity.hubKey)
        guard try store.key(of: certificate.device) == nil else { return }
        try store.learn(
            device: certificate.device, key: certificate.key, member: certificate.member,
            certificate: signed.encodedBytes)
    }

    /// Without the keys of new devices nothing of what they write could be read, and nothing be
    /// written for them.
    private func learnDevices(from sections: [StoreTransaction.LoggedSection]) throws {
        for logged in sections {
            for bytes in (try? logged.content.open())?.deviceCertificates ?? [] {
                try learn(DeviceCertificate.Signed(encodedBytes: bytes))
            }
        }
    }

    /// Takes what is wanted by now: what lets this member read a scope, or ends the suspension of
    /// whoever wrote in it, may stand behind what the scope holds, and a second reading is not to bring
    /// anything that the first left out.
    mutating func takePostponed() throws {
        var changeCount = -1
        while changeCount < changes, !postponed.isEmpty || !unheard.isEmpty {
            changeCount = changes
            let (again, batches) = (postponed, unheard)
            (postponed, unheard) = ([], [])
            try store.flush()
            for carried in batches { try apply(carried) }
            for each in again {
                try take(each.carried, each.header, each.admission, isCounted: each.isCounted)
            }
        }
        leftOut += unheard.count
    }

    // MARK: One batch

    mutating func apply(_ carried: CarriedBatch) throws {
        let device: DeviceID
        do throws(WireError) {
            device = try carried.batch.header().device
        } catch {
            // What a later version writes comes with a sync, when this one can read it.
            guard case .unsupportedVersion = error.reason else { throw error }
            leftOut += 1
            return
        }
        guard let key = try store.key(of: device) else {
            unheard.append(carried)
            return
        }
        let header = try VerifiedBatch.verify(
            carried.batch, key: key, programme: identity.programme, isWhole: false
        ).header
        let admission = try carried.admission?.verify(hubKey: identity.hubKey, isWhole: false)
        guard admission.map({ $0.batch == carried.batch.id }) ?? true else {
            throw WireError(.malformed, "A decision in the bundle is on another batch.")
        }
        guard try fits(carried.batch, header) else {
            leftOut += 1
            if device == identity.device { isForked = true }
            return
        }
        if device == identity.device {
            try noteOwn(carried, admission)
            return
        }
        guard admission != nil || !carried.batch.isTooLarge else {
            leftOut += 1
            return
        }
        guard try admission != nil || mayWrite(device) else {
            unheard.append(carried)
            return
        }
        try take(carried, header, admission)
    }

    /// Whether the batch is the one that is here under its number, and stands between its neighbours
    /// as far as these are here. One's own must be here; and so must one under a former key while work
    /// under it waits to be written anew, for the other copy of this laptop gave the same ids and
    /// numbers.
    private func fits(_ batch: SealedBatch, _ header: BatchHeader) throws -> Bool {
        let (device, sequence) = (header.device, header.sequence)
        if let known = try store.batch(device: device, sequence: sequence) {
            return known.id == batch.id
        }
        if device == identity.device || tailDevices.contains(device) { return false }
        if sequence > 1, let before = try store.batch(device: device, sequence: sequence - 1),
            before.id != header.previous
        {
            return false
        }
        guard let next = try store.batch(device: device, sequence: sequence + 1) else {
            return true
        }
        return try next.header().previous == batch.id
    }

    /// Whether the hub would listen to the device, as far as is known here.
    private func mayWrite(_ device: DeviceID) throws -> Bool {
        guard let member = try store.member(of: device) else { return false }
        let reader = ReplicaReader(store: store, identity: identity)
        let isRevoked = try reader.devices(of: member).contains {
            $0.id == device && $0.revocation != nil
        }
        if isRevoked { return false }
        guard let profile = try reader.record(member.recordID, of: Schema.profile),
            let state = profile.integer(Fields.Profile.state)
        else { return true }
        return state == MemberState.active.rawValue
    }

    /// A decision on own work: the hub has it.
    private mutating func noteOwn(_ carried: CarriedBatch, _ admission: Admission?) throws {
        guard let admission, let signed = carried.admission,
            let batch = try store.batch(id: carried.batch.id)
        else { return }
        if batch.state == .unsent {
            try store.set(state: .received, ofBatch: batch.id)
            acknowledged += 1
        }
        for logged in try store.sections(of: batch) where logged.position == nil {
            guard admission.sections.contains(where: { $0.section == logged.hash }) else {
                continue
            }
            try lay(logged, decidedBy: signed)
        }
    }

    // MARK: Sections

    private mutating func take(
        _ carried: CarriedBatch, _ header: BatchHeader, _ admission: Admission?,
        isCounted: Bool = false
    ) throws {
        var fresh: [StoreTransaction.LoggedSection] = []
        var isWhole = true
        for bytes in carried.batch.sections {
            // Who leaves the hub's decision out may want something shown that it has refused.
            let isDecided = admission.map { $0.decides(on: bytes.hash) } ?? true
            guard isDecided, let outline = try? bytes.outline() else { continue }
            guard try isWanted(outline.scope, of: header, admission) else {
                isWhole = false
                continue
            }
            if let known = try knownSection(bytes.hash, of: header) {
                if known.position == nil, let signed = carried.admission,
                    try store.heldSection(known.key)?.admission == nil
                {
                    try lay(known, decidedBy: signed)
                }
                continue
            }
            try store.log(carried.batch, header: header, state: .received)
            let key = try store.log(
                section: bytes, of: header, in: store.scope(outline.scope), position: nil,
                admissionBytes: nil, isReleased: false, isApplied: false)
            fresh.append(try store.section(key: key))
            changes += outline.changeCount
        }
        if !isWhole {
            postponed.append(
                Postponed(
                    carried: carried, header: header, admission: admission,
                    isCounted: isCounted || !fresh.isEmpty))
        }
        guard !fresh.isEmpty else { return }
        if !isCounted { batches += 1 }
        if header.device == hubDevice { try learnDevices(from: fresh) }
        if let signed = carried.admission {
            for logged in fresh { try lay(logged, decidedBy: signed) }
        } else {
            try layForecast(fresh, by: header.device)
        }
    }

    /// Whether a part in this scope is for this replica, and says what the hub has not said already.
    private func isWanted(
        _ scope: Scope, of header: BatchHeader, _ admission: Admission?
    ) throws -> Bool {
        let facts = TableFacts(store, selfKnowledge: (identity.member, identity.role))
        guard try facts.mayRead(scope, member: identity.member) else { return false }
        guard let row = try store.existingScope(scope) else { return true }
        guard row.status == .level else { return false }
        if row.chain == .zero { return true }
        // What the hub had decided before is here, if it is for this member at all; and so is what it
        // admitted of a batch of which it has sent a part.
        if let admission { return admission.position > position }
        let known = try store.batch(device: header.device, sequence: header.sequence)
        return known?.position == nil
    }

    private func knownSection(
        _ hash: Digest, of header: BatchHeader
    ) throws -> StoreTransaction.LoggedSection? {
        guard let batch = try store.batch(device: header.device, sequence: header.sequence) else {
            return nil
        }
        return try store.sections(of: batch).first { $0.hash == hash }
    }

    /// Lays a section over the records as the hub decided.
    private mutating func lay(
        _ logged: StoreTransaction.LoggedSection, decidedBy signed: SignedAdmission
    ) throws {
        let row = try store.scope(key: logged.scopeKey)
        try store.withdraw(logged, in: row)
        try store.set(
            HeldSection(admission: signed.keepingSections([logged.hash])), of: logged.key)
        let shown = try store.laidOver(logged)
        for change in shown { try store.overlay(change, in: row) }
        let admission = try signed.verify(hubKey: identity.hubKey, isWhole: false)
        guard notifications.isNews(admission.receipt), let section = try? logged.content.open()
        else { return }
        let byNumber = Dictionary(grouping: shown, by: \.number).compactMapValues(\.first)
        var number = section.firstNumber
        for set in section.changeSets {
            let placed = set.changes.indices.compactMap { byNumber[number + UInt64($0)] }
            number += UInt64(set.changes.count)
            news += try notifications.note(set.changes, placed, in: row)
        }
    }

    /// Lays a batch over the records, except change sets that the hub would refuse.
    private mutating func layForecast(
        _ fresh: [StoreTransaction.LoggedSection], by device: DeviceID
    ) throws {
        guard let member = try store.member(of: device) else { return }
        let facts = TableFacts(
            store, selfKnowledge: (identity.member, identity.role), replayBudget: ReplayBudget())
        let role = try facts.role(of: member) ?? certifiedRole(of: device)
        let author = ChangeAuthor(device: device, member: member, role: role)
        var parts: [UInt32: [(section: Int, set: ChangeSet, changes: [PlacedChange])]] = [:]
        var held = fresh.map { _ in HeldSection() }
        for (index, logged) in fresh.enumerated() {
            guard let section = try? logged.content.open() else {
                held[index].withheld = [HeldSection.allOrdinals]
                continue
            }
            let placed = Dictionary(
                grouping: try store.laidOver(logged), by: \.number
            ).compactMapValues(\.first)
            var number = section.firstNumber
            for set in section.changeSets {
                let changes = set.changes.indices.compactMap { placed[number + UInt64($0)] }
                number += UInt64(set.changes.count)
                parts[set.ordinal, default: []].append((index, set, changes))
            }
        }
        for (ordinal, parts) in parts.sorted(by: { $0.key < $1.key }) {
            let rows = try parts.map { try store.scope(key: fresh[$0.section].scopeKey) }
            let refusal = try Permission.refusal(
                of: zip(rows, parts).map { ($0.scope, $1.set.changes) }
                    .sorted { $0.0 < $1.0 }, by: author, facts: facts)
            for (row, part) in zip(rows, parts) {
                if refusal == nil {
                    for change in part.changes { try store.overlay(change, in: row) }
                    if notifications.isNews(nil) {
                        news += try notifications.note(
                            part.set.changes, part.changes, in: row)
                    }
                } else {
                    held[part.section].withheld.insert(ordinal)
                }
            }
        }
        for (logged, held) in zip(fresh, held) { try store.set(held, of: logged.key) }
    }

    private func certifiedRole(of device: DeviceID) throws -> Role {
        let certificate = try store.certificate(of: device).flatMap {
            try? DeviceCertificate.Signed(encodedBytes: $0).verify(hubKey: identity.hubKey)
        }
        return certificate?.role ?? .participant
    }
}

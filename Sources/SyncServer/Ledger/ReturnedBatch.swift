import Cryptography
import Model
import Replica
import Wire

/// Part of a batch that the hub had admitted, had lost, and has got back. What it had decided then
/// is obeyed: nothing is judged. The sections get a new place in the order, and stand there for
/// the merge, too; the decisions keep the time of receipt and the floors that they name.
struct ReturnedBatch {
    private let ledger: Ledger
    private let batch: VerifiedBatch
    private let admission: Admission
    private let signed: SignedAdmission
    private let giver: DeviceID
    private var events = AdmittedEvents()
    private var slots: [RecordID] = []
    /// What the hub had said of roles and states of members.
    private(set) var standings: [MemberID: FieldValues] = [:]

    init(
        _ ledger: Ledger, batch: VerifiedBatch, admission: Admission, signed: SignedAdmission,
        giver: DeviceID
    ) {
        self.ledger = ledger
        self.batch = batch
        self.admission = admission
        self.signed = signed
        self.giver = giver
    }

    /// Sections with a decision that the log lacks.
    func missing() throws -> [SectionBytes] {
        let header = batch.header
        let known = try ledger.tables.batch(device: header.device, sequence: header.sequence)
        let held = Set(try known.map { try ledger.tables.sections(of: $0).map(\.hash) } ?? [])
        let decided = Set(admission.sections.map(\.section))
        return batch.batch.sections.filter {
            decided.contains($0.hash) && !held.contains($0.hash)
        }
    }

    /// Puts sections into the log at a position and their changes into the tables.
    mutating func place(_ missing: [SectionBytes], at position: Position) throws {
        let tables = ledger.tables
        let header = batch.header
        try tables.log(batch.batch, header: header, state: .admitted)
        try tables.note(admission: admission, signed: signed, of: header)
        try ledger.store.noteReturned(header, at: position, by: giver)
        try tables.meta.set(position: position)
        // Nothing that comes now was received before it.
        _ = try ledger.orderTime(admission.receipt)
        let decisions = Dictionary(
            admission.sections.map { ($0.section, $0) }, uniquingKeysWith: { first, _ in first })
        var parts: [(bytes: SectionBytes, scope: Scope, decision: SectionAdmission)] = []
        for bytes in missing {
            guard let decision = decisions[bytes.hash] else { continue }
            // One without a readable scope was kept where nobody but its author could look.
            let refuge = Scope.own(try tables.member(of: header.device) ?? ledger.issuer)
            parts.append((bytes, (try? bytes.outline())?.scope ?? refuge, decision))
        }
        for part in parts.sorted(by: { $0.scope < $1.scope }) {
            try place(part.bytes, in: tables.scope(part.scope), part.decision, at: position)
        }
        try ledger.erase(events.erasures, at: position)
        if header.device == ledger.device { try obeyHub(missing, at: position) }
        try Settlement(ledger).obey(slots: slots)
        for event in events.events {
            try ledger.wait(event, admitted: admission.position, giver: giver)
        }
        try Readership(ledger).update(after: events, at: position)
    }

    private mutating func place(
        _ bytes: SectionBytes, in scope: ScopeRow, _ decision: SectionAdmission,
        at position: Position
    ) throws {
        let tables = ledger.tables
        let header = batch.header
        let before = try tables.progress(of: header.device, in: scope)
        var progress = before
        var isReleased = false
        if let section = try? bytes.open() {
            let placed = section.placed(
                device: header.device,
                context: try tables.context(of: section, header: header, in: scope, at: position),
                position: position, floor: decision.floor, receipt: admission.receipt)
            for (set, changes) in zip(section.changeSets, placed)
            where decision.refusal(ofOrdinal: set.ordinal) == nil {
                isReleased = true
                for change in changes { try admit(change, in: scope) }
            }
            progress.lastTime = max(before.lastTime, placed.last?.last?.time ?? decision.floor)
            progress.lastNumber = max(before.lastNumber, section.lastNumber)
        }
        try tables.flush()
        guard let decisionBytes = signed.bytes(of: bytes.hash) else {
            preconditionFailure("A section is placed with the decision on it.")
        }
        let isOpening = try ledger.log(
            bytes, of: header, batch: batch.id, in: scope, at: position,
            admissionBytes: decisionBytes, isReleased: isReleased, progress: progress)
        if isOpening { events.opened.append(scope.scope) }
        // Where the hub erased it may be lost for good, and no device is to be told of such a place.
        if bytes.restatement != nil { try ledger.noteErased(at: position) }
        try ledger.restateErased(in: bytes.hash, of: header, batch: batch.id, at: position)
    }

    private mutating func admit(_ change: PlacedChange, in scope: ScopeRow) throws {
        let placed = try ledger.isErased(change, in: scope) ? change.erased : change
        try ledger.tables.admit(placed, in: scope)
        events.note(placed, in: scope.scope)
        noteStanding(placed)
        if placed.change.entity == Schema.slot.id, placed.change.operation == .create {
            slots.append(placed.change.record)
        }
    }

    private mutating func noteStanding(_ placed: PlacedChange) {
        let change = placed.change
        guard placed.device == ledger.device, change.entity == Schema.profile.id,
            [Fields.Profile.role, Fields.Profile.state].contains(change.field),
            case .set(let value) = change.operation
        else { return }
        standings[MemberID(change.record), default: [:]][change.field] = value
    }

    /// What the hub itself had said. A change set may have come back in parts, so all that is there
    /// of the batch is looked at again. Of verdicts those count that have just come: the books are in
    /// step with the others.
    private func obeyHub(_ missing: [SectionBytes], at position: Position) throws {
        let header = batch.header
        guard
            let logged = try ledger.tables.batch(
                device: header.device, sequence: header.sequence)
        else { return }
        let fresh = Set(missing.map(\.hash))
        var sets: [UInt32: [Change]] = [:]
        for bytes in try ledger.tables.sections(of: logged) {
            guard let section = try? bytes.content.open() else { continue }
            for set in section.changeSets { sets[set.ordinal, default: []] += set.changes }
            guard fresh.contains(bytes.hash) else { continue }
            try Settlement(ledger).obey(
                section.changeSets.flatMap(\.changes), in: section.scope, giver: giver)
        }
        for (_, changes) in sets.sorted(by: { $0.key < $1.key }) {
            try HubRecords(ledger: ledger, position: position).note(changes, isReturned: true)
        }
    }
}

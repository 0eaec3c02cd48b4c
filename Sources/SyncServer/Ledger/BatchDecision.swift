import Cryptography
import Model
import Replica
import Wire

/// The decision on one batch: which change sets go into the tables, and what the admission says of
/// each section.
///
/// Change sets are taken in the order of their ordinals; one that spans sections is checked and
/// applied as a whole, so that later sets see the earlier ones. If any section cannot be read, or
/// does not continue the device's numbers in its scope, nobody can tell which change sets it has in
/// common with the others: all sections are refused.
struct BatchDecision {
    private let ledger: Ledger
    private let batch: VerifiedBatch
    private let position: Position
    private var sections: [SectionDecision] = []
    private(set) var events = AdmittedEvents()
    private(set) var admittedChangeCount = 0
    /// What was decided before on sections from which texts were erased since, by their hashes.
    private let recorded: [Digest: SectionAdmission]
    /// Whether texts were erased from the batch.
    private let isRestated: Bool

    private struct SectionDecision {
        let bytes: SectionBytes
        var scope: ScopeRow
        /// Nil for one that cannot be read.
        var section: Section?
        let firstNumber: UInt64
        let lastNumber: UInt64
        let floor: EffectiveTime
        var refusals: [SectionAdmission.Refusal] = []
        var isReleased = false
        /// Whether something may be in it that an erasure takes, although it is refused.
        var hasErased = false
        var lastTime: EffectiveTime
    }

    init(
        ledger: Ledger, batch: VerifiedBatch, position: Position,
        recorded: [SectionAdmission] = []
    ) {
        self.recorded = Dictionary(
            recorded.map { ($0.section, $0) }, uniquingKeysWith: { first, _ in first })
        self.ledger = ledger
        self.batch = batch
        isRestated = batch.batch.sections.contains { $0.restatement != nil }
        self.position = position
    }

    var sectionAdmissions: [SectionAdmission] {
        sections.map {
            SectionAdmission(section: $0.bytes.hash, floor: $0.floor, refusals: $0.refusals)
        }
    }

    /// Decides on every change set and applies the admitted ones.
    mutating func decide(author: ChangeAuthor, receipt: HubTime) throws {
        ledger.facts.beginBatch()
        let isReadable = try open(author: author)
        guard isReadable else {
            for index in sections.indices {
                sections[index].section = nil
                sections[index].refusals = [
                    SectionAdmission.Refusal(
                        ordinal: SectionAdmission.allOrdinals, reason: .malformed)
                ]
                sections[index].hasErased = true
            }
            return
        }
        var placed: [[[PlacedChange]]] = []
        for index in sections.indices {
            guard let section = sections[index].section else { continue }
            let changes = section.placed(
                device: batch.header.device,
                context: try ledger.tables.context(
                    of: section, header: batch.header, in: sections[index].scope, at: position),
                position: position, floor: sections[index].floor, receipt: receipt)
            sections[index].lastTime = changes.last?.last?.time ?? sections[index].floor
            placed.append(changes)
        }
        for set in changeSets() {
            try decide(on: set, author: author, placed: placed)
        }
        for index in sections.indices {
            let setCount = sections[index].section?.changeSets.count ?? 0
            sections[index].isReleased = sections[index].refusals.count < setCount
        }
    }

    // MARK: Reading

    /// Opens all sections. Returns whether every one can be read and continues its device's
    /// numbers.
    private mutating func open(author: ChangeAuthor) throws -> Bool {
        let contextTime = try ledger.store.receipt(at: batch.header.context)
        var scopes: Set<Scope> = []
        var isReadable = true
        for bytes in batch.batch.sections {
            let outline = try? bytes.outline()
            // Without a readable scope it is kept where nobody but its author could ever look.
            let refuge = Scope.own(author.member ?? ledger.issuer)
            let scope = try ledger.tables.scope(outline?.scope ?? refuge)
            let progress = try ledger.tables.progress(of: batch.header.device, in: scope)
            let section = try? bytes.open()
            // The hub's own numbers begin anew with each epoch, further on.
            let continues =
                author.isHub
                ? outline.map { $0.firstNumber > progress.lastNumber } ?? false
                : outline?.firstNumber == progress.lastNumber + 1
            // That ordinal stands for all of a section in a decision, so no change set can have it.
            let hasReserved =
                section?.changeSets.contains { $0.ordinal == SectionAdmission.allOrdinals } ?? true
            if hasReserved || !continues || !scopes.insert(scope.scope).inserted {
                isReadable = false
            }
            sections.append(
                SectionDecision(
                    bytes: bytes, scope: scope, section: section,
                    firstNumber: outline?.firstNumber ?? 0,
                    // A device whose section was refused goes on from its last number.
                    lastNumber: continues ? outline?.lastNumber ?? 0 : progress.lastNumber,
                    floor: max(progress.lastTime, contextTime), lastTime: progress.lastTime))
        }
        return isReadable
    }

    /// One change set: which parts of which sections.
    private struct SetIndex {
        let ordinal: UInt32
        var parts: [(section: Int, set: Int)]
    }

    private func changeSets() -> [SetIndex] {
        var sets: [UInt32: SetIndex] = [:]
        for (index, decision) in sections.enumerated() {
            for (setIndex, set) in (decision.section?.changeSets ?? []).enumerated() {
                sets[set.ordinal, default: SetIndex(ordinal: set.ordinal, parts: [])].parts
                    .append((index, setIndex))
            }
        }
        return sets.values.sorted { $0.ordinal < $1.ordinal }
    }

    // MARK: Deciding

    private mutating func decide(
        on set: SetIndex, author: ChangeAuthor, placed: [[[PlacedChange]]]
    ) throws {
        // Sections stand in the order of their hashes; the check goes by scope, which is the same
        // for everybody who builds the batch.
        let parts = set.parts.sorted {
            sections[$0.section].scope.scope < sections[$1.section].scope.scope
        }
        let changes = parts.map { part in
            (
                scope: sections[part.section].scope.scope,
                changes: sections[part.section].section?.changeSets[part.set].changes ?? []
            )
        }
        let count = changes.reduce(0) { $0 + $1.changes.count }
        var reason: RefusalReason? = count > Limits.changeSetChangesMax ? .malformed : nil
        let hasErased = changes.contains { $0.changes.contains { $0.operation == .erased } }
        if isRestated || hasErased {
            // What it said is gone, so nobody can judge it again, nor what else the batch said after
            // it. New work has nothing of that.
            let decided = parts.compactMap { recorded[sections[$0.section].bytes.hash] }
            reason =
                decided.count == parts.count
                ? decided.lazy.compactMap { $0.refusal(ofOrdinal: set.ordinal) }.first : .erased
        } else if reason == nil {
            reason = try Permission.refusal(of: changes, by: author, facts: ledger.facts)
            // Words that an edit misses may have been erased. Whoever may not write at all is refused
            // for that.
            if reason == nil || reason == .missingText {
                reason = try refusalOfErased(parts, placed) ?? reason
            }
        }
        if let reason {
            // Whatever the reason is: nothing is kept of what was erased.
            let hasErased = try refusalOfErased(parts, placed) != nil
            for part in parts {
                sections[part.section].refusals.append(
                    SectionAdmission.Refusal(ordinal: set.ordinal, reason: reason))
                if hasErased { sections[part.section].hasErased = true }
            }
            return
        }
        admittedChangeCount += count
        for part in parts {
            let scope = sections[part.section].scope
            for change in placed[part.section][part.set] {
                try ledger.tables.admit(change, in: scope)
                events.note(change, in: scope.scope)
            }
        }
        if author.isHub {
            try HubRecords(ledger: ledger, position: position)
                .note(changes.flatMap(\.changes))
        }
    }

    /// A record that was erased takes nothing more from whoever has not heard of it.
    private func refusalOfErased(
        _ parts: [(section: Int, set: Int)], _ placed: [[[PlacedChange]]]
    ) throws -> RefusalReason? {
        for part in parts {
            for change in placed[part.section][part.set]
            where try ledger.isErased(change, in: sections[part.section].scope) {
                return .erased
            }
        }
        return nil
    }

    // MARK: Logging

    /// Stores the sections with their decisions, lengthens the chains of the released ones and
    /// notes where their scopes stand now.
    mutating func log(_ signed: SignedAdmission) throws {
        let tables = ledger.tables
        let header = batch.header
        var decisionBytes: [Digest: [UInt8]] = [:]
        for bytes in signed.sectionBytes {
            decisionBytes[try SectionAdmission(encodedBytes: bytes).section] = bytes
        }
        try tables.flush()
        // By scope, so that a log has one order whatever the hashes of its sections.
        for index in sections.indices.sorted(by: {
            sections[$0].scope.scope < sections[$1].scope.scope
        }) {
            let decision = sections[index]
            guard let admissionBytes = decisionBytes[decision.bytes.hash] else {
                preconditionFailure("An admission has a decision for each section.")
            }
            let isOpening = try ledger.log(
                decision.bytes, of: header, batch: batch.id, in: decision.scope, at: position,
                admissionBytes: admissionBytes, isReleased: decision.isReleased,
                progress: StoreTransaction.DeviceProgress(
                    lastNumber: decision.lastNumber, lastTime: decision.lastTime))
            if isOpening { events.opened.append(decision.scope.scope) }
            if decision.hasErased {
                try ledger.restateErased(
                    in: decision.bytes.hash, of: header, batch: batch.id, at: position)
            }
        }
    }
}

import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

/// Erasing for good: what a record's text fields held leaves the hub's log, and what stands for it
/// is signed by the hub. `protocol/erasure.md` describes what comes out.
extension Ledger {
    /// Takes everything out of the log that a batch's erasures concern, once it has its place in it.
    ///
    /// Where a scope stood after each of its sections is worked out again, as if the erased changes
    /// had never said anything, because devices that come later will get it so. A scope is gone through
    /// once, however many records were erased in it.
    func erase(_ erased: [AdmittedEvents.ErasedRecord], at position: Position) throws {
        var hasErased = false
        let byScope = Dictionary(grouping: erased, by: \.scope).sorted { $0.key < $1.key }
        for (scope, erased) in byScope {
            var takings: [ErasedPlace: Taking] = [:]
            for each in erased {
                let place = ErasedPlace(record: each.record, entity: each.entity)
                takings[place] = Taking(each.entity) { change, _ in
                    change.isErased(by: each.erasure)
                }
            }
            if try erase(&takings, in: tables.scope(scope), at: position) { hasErased = true }
        }
        if hasErased { try noteErased(at: position) }
    }

    /// A record of one scope.
    private struct ErasedPlace: Hashable {
        let record: RecordID
        let entity: EntityID

        init(record: RecordID, entity: EntityID) {
            (self.record, self.entity) = (record, entity)
        }

        init(_ change: Change) { self.init(record: change.record, entity: change.entity) }
    }

    /// What goes of a record, and what the record comes to with it and without it.
    private struct Taking {
        let isTaken: (PlacedChange, BatchHeader) -> Bool
        var before: RecordWithTexts
        var after: RecordWithTexts
        var hashBefore: ContentHash?
        var hashAfter: ContentHash?

        init(_ entity: EntityID, isTaken: @escaping (PlacedChange, BatchHeader) -> Bool) {
            self.isTaken = isTaken
            before = RecordWithTexts(entity: entity)
            after = RecordWithTexts(entity: entity)
        }

        /// Brings the difference that the record makes to the state of its scope up to date.
        mutating func note(_ record: RecordID, in difference: inout StateHash) {
            if let hashBefore { difference.add(hashBefore) }
            if let hashAfter { difference.subtract(hashAfter) }
            hashBefore = StoreTransaction.stateHash(of: before.state, record: record)
            hashAfter = StoreTransaction.stateHash(of: after.state, record: record)
            if let hashBefore { difference.subtract(hashBefore) }
            if let hashAfter { difference.add(hashAfter) }
        }
    }

    /// Takes changes of records out of the sections of a scope and works out again where the scope
    /// stood after each.
    ///
    /// - Parameters:
    ///   - takings: the records; what is left of each is noted with it.
    ///   - row: the scope.
    ///   - position: where the erasures stand.
    /// - Returns: whether something was taken.
    /// - Throws: if the log cannot be read or written.
    private func erase(
        _ takings: inout [ErasedPlace: Taking], in row: ScopeRow, at position: Position
    ) throws -> Bool {
        var hasErased = false
        var difference = StateHash.zero
        for key in try store.sectionKeys(of: row) {
            let logged = try tables.section(key: key)
            guard let place = logged.position,
                let batch = try tables.batch(device: logged.device, sequence: logged.sequence),
                let content = try? logged.content, let section = try? content.open()
            else { continue }
            let header = try batch.header()
            let context = try tables.context(of: section, header: header, in: row, at: place)
            let changes = section.placed(device: logged.device, context: context, position: place)
            var places: [Int] = []
            var touched: Set<ErasedPlace> = []
            for (offset, placed) in changes.joined().enumerated() {
                guard let taking = takings[ErasedPlace(placed.change)] else { continue }
                touched.insert(ErasedPlace(placed.change))
                if placed.change.isErasable, taking.isTaken(placed, header) {
                    places.append(offset)
                }
            }
            if !places.isEmpty {
                try restate(
                    logged, content, erasing: places + section.erasedPlaces, of: batch.id,
                    at: position)
                hasErased = true
            }
            guard place < position, logged.isReleased else { continue }
            if !touched.isEmpty {
                let restated = places.isEmpty ? section : section.restated(erasing: places)
                for change in try Self.admitted(section, logged, batch, context) {
                    takings[ErasedPlace(change.change)]?.before.admit(change)
                }
                for change in try Self.admitted(restated, logged, batch, context) {
                    takings[ErasedPlace(change.change)]?.after.admit(change)
                }
                for place in touched { takings[place]?.note(place.record, in: &difference) }
            }
            try store.change(stateAfter: logged.key, by: difference)
        }
        // What was made of the scope before holds what goes.
        try store.dropSnapshots(of: row)
        return hasErased
    }

    /// Erases once more what the hub had erased before it was set back, by its own word that a device
    /// gives back: of the erasures themselves nothing has to be left. Since the places at which they
    /// stood are lost, that stands at the beginning of a new epoch. What the hub has not signed is
    /// passed over; its word on a section that it does not have waits until that comes.
    func eraseAgain(_ words: [Restatement.Signed] = [], now: HubTime) throws {
        var forgotten: [ForgottenErasure: Position] = [:]
        let words = words + wordsOnWhatCame
        wordsOnWhatCame = []
        for word in words {
            guard let restatement = try? word.verify(programme: programme) else { continue }
            guard
                let logged = try tables.section(
                    named: restatement.section, ofBatch: restatement.batch)
            else {
                try store.keep(word, restatement)
                continue
            }
            for erasure in forgottenErasures(in: logged, restatement) {
                forgotten[erasure] = max(forgotten[erasure] ?? .start, restatement.position)
            }
        }
        guard let latest = forgotten.values.max() else { return }
        try openEpoch(after: latest.epoch)
        let lineage = try tables.lineage()
        if lineage.knows(epoch: latest.epoch) { try noteSetBack(by: latest, now: now) }
        let position = try store.head()
        let byScope = Dictionary(grouping: forgotten, by: \.key.scope)
        for (scope, forgotten) in byScope.sorted(by: { $0.key < $1.key }) {
            let row = try tables.scope(key: scope)
            var takings: [ErasedPlace: Taking] = [:]
            for (erasure, lost) in forgotten {
                let place = ErasedPlace(record: erasure.record, entity: erasure.entity)
                // What an edit was made of is gone, whoever made it since.
                takings[place] = Taking(erasure.entity) { _, header in
                    !lineage.isPassed(lost, at: header.context)
                }
            }
            _ = try erase(&takings, in: row, at: position)
            for (place, taking) in takings.sorted(by: { $0.key.record < $1.key.record }) {
                try tables.install(
                    taking.after.state, texts: taking.after.texts, of: place.record, in: row,
                    mayExist: true
                ) { _ in true }
            }
        }
        try tables.flush()
        try noteErased(at: position)
    }

    /// A record of which the hub had erased something in a scope that it does not remember.
    private struct ForgottenErasure: Hashable {
        let scope: Int64
        let record: RecordID
        let entity: EntityID
    }

    /// What the hub had erased from a section that it has, and does not remember.
    private func forgottenErasures(
        in logged: StoreTransaction.LoggedSection, _ restatement: Restatement
    ) -> Set<ForgottenErasure> {
        guard let section = try? logged.content.open() else { return [] }
        let changes = section.changeSets.flatMap(\.changes)
        return Set(
            restatement.places.filter { changes.indices.contains($0) && changes[$0].isErasable }
                .map {
                    ForgottenErasure(
                        scope: logged.scopeKey, record: changes[$0].record,
                        entity: changes[$0].entity)
                })
    }

    /// Notes where an erasure stands that took something out of the log, for devices that ask.
    func noteErased(at position: Position) throws {
        try tables.meta.notePurge()
        if try position > tables.meta.erasedUpTo() { try tables.meta.set(erasedUpTo: position) }
    }

    /// What the hub has to say so that what was erased in one scope is erased in all others in which
    /// it lies: first of records that were erased now, then of records that came to lie in another
    /// scope, each once, as they were admitted.
    func extending(_ events: AdmittedEvents) throws -> [HubChangeSet] {
        var sets = try events.erasures.compactMap { try extending($0) }
        for arrival in events.arrivals
        where try isUnheard(by: arrival, leaving: events.departures) {
            let set = HubChangeSet([
                (arrival.scope, try erasure(of: arrival.record, arrival.entity, in: arrival.scope))
            ])
            if !sets.contains(set) { sets.append(set) }
        }
        return sets
    }

    /// Erases a record, and deletes it where that can be done: an emptied shell helps nobody.
    private func erasure(
        of record: RecordID, _ entity: EntityID, in scope: Scope
    ) throws -> [Change] {
        func change(_ operation: Change.Operation) -> Change {
            Change(record: record, entity: entity, field: .life, operation: operation)
        }
        let state = try tables.state(of: record, entity: entity, in: tables.scope(scope))
        let isDeletable = !(Schema.entity(entity)?.deleters.isEmpty ?? true)
        guard isDeletable, tables.view(of: state).life == .live else { return [change(.erase)] }
        return [change(.delete), change(.erase)]
    }

    /// Erases a record in all other scopes in which it lies or lay; nil if there are none.
    private func extending(_ erased: AdmittedEvents.ErasedRecord) throws -> HubChangeSet? {
        let parts = try tables.scopes(holding: erased.record, entity: erased.entity)
            .filter { $0 != erased.scope }
            .map { (scope: $0, changes: try erasure(of: erased.record, erased.entity, in: $0)) }
        return parts.isEmpty ? nil : HubChangeSet(parts)
    }

    /// Whether a record was erased in another scope, not in this one, and whoever moved it had not
    /// heard of that: in scopes that records left with the same batch by what the author had seen
    /// there, in others by the position alone.
    private func isUnheard(
        by arrival: AdmittedEvents.Arrival, leaving departures: [Scope: Context]
    ) throws -> Bool {
        func erasures(in scope: Scope) throws -> [Head] {
            try tables.erasures(
                of: arrival.record, entity: arrival.entity, in: tables.scope(scope))
        }
        let others = try tables.scopes(holding: arrival.record, entity: arrival.entity)
            .filter { $0 != arrival.scope }
        guard !others.isEmpty, try erasures(in: arrival.scope).isEmpty else { return false }
        return try others.contains { scope in
            let context = departures[scope] ?? Context(position: arrival.context.position)
            return try erasures(in: scope).contains { erasure in
                // The author's own is known to them, and the hub's only carries on another.
                erasure.device != arrival.device && erasure.device != device
                    && !context.contains(
                        device: erasure.device, number: erasure.number,
                        position: erasure.position)
            }
        }
    }

    /// Puts bytes in the place of a section's from which these changes are erased.
    func restate(
        _ logged: StoreTransaction.LoggedSection, _ content: SectionBytes, erasing places: [Int],
        of batch: Digest, at position: Position
    ) throws {
        let places = places.sorted()
        let bytes = try content.restatedBytes(erasing: places)
        let restatement = Restatement(
            programme: programme, batch: batch, section: logged.hash,
            restated: SectionBytes(bytes).hash, position: position, places: places)
        try tables.restate(
            logged.key, as: SectionBytes(bytes, restatement: restatement.sign(with: key)))
    }

    /// The changes of a section that the hub has admitted, at their places.
    private static func admitted(
        _ section: Section, _ logged: StoreTransaction.LoggedSection,
        _ batch: StoreTransaction.LoggedBatch, _ context: Context
    ) throws -> [PlacedChange] {
        guard let decisionBytes = logged.admissionBytes, let receipt = batch.receipt else {
            return []
        }
        let decision = try SectionAdmission(encodedBytes: decisionBytes)
        let placed = section.placed(
            device: logged.device, context: context, position: logged.position,
            floor: decision.floor, receipt: receipt)
        return zip(section.changeSets, placed)
            .filter { decision.refusal(ofOrdinal: $0.0.ordinal) == nil }.flatMap(\.1)
    }

    /// Whether a change comes too late for the erasure of its record: its author had not seen it.
    func isErased(_ placed: PlacedChange, in scope: ScopeRow) throws -> Bool {
        guard placed.change.isErasable else { return false }
        let erasures = try tables.erasures(
            of: placed.change.record, entity: placed.change.entity, in: scope)
        return erasures.contains { placed.isErased(by: Erasure($0)) }
    }

    /// Erases in a section that has just been logged what came too late for its erasure, be it
    /// refused for that or given back to the hub.
    func restateErased(
        in hash: Digest, of header: BatchHeader, batch: Digest, at position: Position
    ) throws {
        guard let logged = try tables.section(named: hash, ofBatch: batch),
            let section = try? logged.content.open()
        else { return }
        let row = try tables.scope(key: logged.scopeKey)
        let context = try tables.context(of: section, header: header, in: row, at: position)
        let placed = section.placed(device: header.device, context: context, position: position)
        let places = try placed.joined().enumerated().filter { try isErased($0.element, in: row) }
            .map(\.offset)
        guard !places.isEmpty else { return }
        try restate(
            logged, logged.content, erasing: places + section.erasedPlaces, of: batch, at: position)
        try noteErased(at: position)
    }
}

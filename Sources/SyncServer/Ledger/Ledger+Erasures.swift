import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

/// Erasing for good: what a record's text fields held leaves the hub's log, and what stands for it
/// is signed by the hub. `protocol/erasure.md` describes what comes out.
extension Ledger {
    /// Takes everything out of the log that an erasure concerns, once it has its place in it.
    ///
    /// Where a scope stood after each of its sections is worked out again, as if the erased changes
    /// had never said anything, because devices that come later will get it so.
    func erase(_ erasure: AdmittedEvents.Erasure, at position: Position) throws {
        let row = try tables.scope(erasure.scope)
        var before = RecordWithTexts(entity: erasure.entity)
        var after = RecordWithTexts(entity: erasure.entity)
        var hasErased = false
        for key in try store.sectionKeys(of: row) {
            let logged = try tables.section(key: key)
            guard let place = logged.position,
                let batch = try tables.batch(device: logged.device, sequence: logged.sequence),
                let content = try? logged.content, let section = try? content.open()
            else { continue }
            let header = try batch.header()
            let context = try tables.context(of: section, header: header, in: row, at: place)
            let places = section.places(erasedWith: erasure.record, erasure.entity) { number in
                logged.device == erasure.device
                    ? number < erasure.number
                    : !context.contains(
                        device: erasure.device, number: erasure.number, position: position)
            }
            if !places.isEmpty {
                try restate(
                    logged, content, erasing: places + section.erasedPlaces, of: batch.id,
                    at: position)
                hasErased = true
            }
            guard place < position, logged.isReleased else { continue }
            let restated = places.isEmpty ? section : section.restated(erasing: places)
            try Self.admit(section, logged, batch, context, of: erasure, into: &before)
            try Self.admit(restated, logged, batch, context, of: erasure, into: &after)
            try store.replace(
                hash(of: before.state, erasure), by: hash(of: after.state, erasure),
                inStateAfter: logged.key)
        }
        if hasErased { try noteErased(at: position) }
        // What was made of the scope before holds what goes.
        try store.dropSnapshots(of: row)
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
                (arrival.scope, [Self.erasure(of: arrival.record, arrival.entity)])
            ])
            if !sets.contains(set) { sets.append(set) }
        }
        return sets
    }

    private static func erasure(of record: RecordID, _ entity: EntityID) -> Change {
        Change(record: record, entity: entity, field: .life, operation: .erase)
    }

    /// Erases a record in all other scopes in which it lies or lay; nil if there are none.
    private func extending(_ erasure: AdmittedEvents.Erasure) throws -> HubChangeSet? {
        let parts = try tables.scopes(holding: erasure.record, entity: erasure.entity)
            .filter { $0 != erasure.scope }
            .map { (scope: $0, changes: [Self.erasure(of: erasure.record, erasure.entity)]) }
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

    private func hash(of state: RecordState, _ erasure: AdmittedEvents.Erasure) -> ContentHash? {
        StoreTransaction.stateHash(of: state, record: erasure.record)
    }

    /// Takes the admitted changes of the record in a section into its state.
    private static func admit(
        _ section: Section, _ logged: StoreTransaction.LoggedSection,
        _ batch: StoreTransaction.LoggedBatch, _ context: Context,
        of erasure: AdmittedEvents.Erasure, into state: inout RecordWithTexts
    ) throws {
        guard let decisionBytes = logged.admissionBytes, let receipt = batch.receipt else { return }
        let decision = try SectionAdmission(encodedBytes: decisionBytes)
        let placed = section.placed(
            device: logged.device, context: context, position: logged.position,
            floor: decision.floor, receipt: receipt)
        for (set, changes) in zip(section.changeSets, placed)
        where decision.refusal(ofOrdinal: set.ordinal) == nil {
            for change in changes
            where change.change.record == erasure.record
                && change.change.entity == erasure.entity
            {
                state.admit(change)
            }
        }
    }

    /// Whether a change comes too late for the erasure of its record: its author had not seen it.
    func isErased(_ placed: PlacedChange, in scope: ScopeRow) throws -> Bool {
        guard placed.change.isErasable else { return false }
        let erasures = try tables.erasures(
            of: placed.change.record, entity: placed.change.entity, in: scope)
        return erasures.contains {
            placed.isErased(by: $0.device, number: $0.number, position: $0.position)
        }
    }

    /// Erases in a section that has just been logged what came too late for its erasure, be it
    /// refused for that or given back to the hub.
    func restateErased(
        in hash: Digest, of header: BatchHeader, batch: Digest, at position: Position
    ) throws {
        guard
            let logged = try tables.batch(id: batch).flatMap({ batch in
                try tables.sections(of: batch).first { $0.hash == hash }
            }), let section = try? logged.content.open()
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

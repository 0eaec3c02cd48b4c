import Model
import TestSupport

@testable import Replica

/// How people do what they do, on what their replica shows them.
///
/// Each returns whether it was possible. What the permission check forecasts as refused is thrown;
/// what only the hub can refuse is done.
extension Simulation {
    func perform(
        _ deed: Deed, on laptop: LaptopMachine, _ replica: Replica, _ now: ClaimedTime,
        _ seed: inout Seed
    ) throws -> Bool {
        let doer = Doer(simulation: self, laptop: laptop, replica: replica, now: now)
        switch deed {
        case .addTask: return try doer.addTask(&seed)
        case .handOutTasks: return try doer.handOutTasks(&seed)
        case .editTask: return try doer.editTask(&seed)
        case .deleteTask: return try doer.end(Schema.task, restores: false, &seed)
        case .restoreTask: return try doer.end(Schema.task, restores: true, &seed)
        case .commentTask: return try doer.commentTask(&seed)
        case .writeEntry: return try doer.writeEntry(&seed)
        case .editEntry: return try doer.editEntry(&seed)
        case .tagEntry: return try doer.tagEntry(&seed)
        case .shareEntry: return try doer.shareEntry(&seed)
        case .deleteEntry: return try doer.end(Schema.journalEntry, restores: false, &seed)
        case .importEntries: return try doer.importEntries(&seed)
        case .addSlot: return try doer.addSlot(&seed)
        case .withdrawSlot: return try doer.withdrawSlot(&seed)
        case .lendSlot: return try doer.lendSlot(&seed)
        case .book: return try doer.book(&seed)
        case .actOnBooking: return try doer.actOnBooking(&seed)
        case .moveBooking: return try doer.moveBooking(&seed)
        case .addOffer: return try doer.addOffer(&seed)
        case .askAnyone: return try doer.askAnyone(&seed)
        case .addEvent: return try doer.addEvent(&seed)
        case .giveFeedback: return try doer.giveFeedback(&seed)
        case .setProfile: return try doer.setProfile(&seed)
        case .setContact: return try doer.setContact(&seed)
        case .beginMentorship: return try doer.beginMentorship(&seed)
        case .endMentorship: return try doer.endMentorship(&seed)
        case .setStage: return try doer.setStage(&seed)
        case .useLaterVersion: return try doer.useLaterVersion(&seed)
        case .erase: return try doer.erase(&seed)
        case .eraseRefused: return try doer.eraseRefused(&seed)
        case .undo: return try replica.undo(at: now).name != nil
        }
    }
}

/// One person at one laptop at one moment.
struct Doer {
    let simulation: Simulation
    let laptop: LaptopMachine
    let replica: Replica
    let now: ClaimedTime

    var member: MemberID { laptop.member }

    /// A new text for a scope that nothing else in the programme holds.
    func text(in scope: Scope, _ seed: inout Seed) -> Value {
        let word = simulation.canaries.word(for: scope, by: laptop.device, &seed)
        return .text("word\(seed.below(50)) \(word)")
    }

    /// The same, and in every other case so long that few records make many pages of a table: what
    /// a table leaves behind as it grows and shrinks is seen only then.
    func longText(in scope: Scope, _ seed: inout Seed) -> Value {
        let word = simulation.canaries.word(for: scope, by: laptop.device, &seed)
        let count = seed.oneIn(2) ? 1 : 1 + seed.below(Self.wordsMax)
        let words = ["word\(seed.below(50))"] + Array(repeating: word, count: count)
        return .text(words.joined(separator: " "))
    }

    private static let wordsMax = 30

    /// One of the live records of an entity; nil if there is none.
    func any(_ entity: Entity, _ seed: inout Seed) throws -> StoredRecord? {
        let records = try replica.read { try $0.records(of: entity) }.sorted { $0.id < $1.id }
        return records.isEmpty ? nil : seed.pick(records)
    }

    func create(
        _ entity: Entity, in scope: Scope, _ values: [FieldID: Value],
        elements: [FieldID: [Value]] = [:]
    ) throws -> Bool {
        try replica.act("add", at: now) { action in
            _ = try action.create(entity, in: scope, values: values, elements: elements)
        }
        return true
    }

    func set(
        _ field: FieldID, of record: StoredRecord, _ entity: Entity, to value: Value
    ) throws -> Bool {
        try replica.act("set", at: now) { action in
            try action.set(field, of: record.id, entity, in: record.scope, to: value)
        }
        return true
    }

    /// Takes the words of a record out of every copy, as the command does.
    func erase(_ seed: inout Seed) throws -> Bool {
        let records = try erasable()
        return try !records.isEmpty && erase(seed.pick(records))
    }

    /// The same of a record of which a change was refused: its author keeps that in another place,
    /// where its words could be forgotten.
    func eraseRefused(_ seed: inout Seed) throws -> Bool {
        guard !simulation.refusedRecords.isEmpty else { return false }
        let records = try erasable().filter { simulation.refusedRecords.contains($0.id) }
        guard !records.isEmpty else { return false }
        let record = seed.pick(records)
        guard try erase(record) else { return false }
        simulation.refusedRecords.remove(record.id)
        simulation.tally.note("record with a refused change erased")
        return true
    }

    private func erasable() throws -> [StoredRecord] {
        try replica.read { reader in
            try Schema.entities.filter { !$0.erasers.isEmpty }
                .flatMap { try reader.records(of: $0) }
        }.sorted { ($0.id, $0.entity.rawValue) < ($1.id, $1.entity.rawValue) }
    }

    private func erase(_ record: StoredRecord) throws -> Bool {
        guard let entity = Schema.entity(record.entity) else { return false }
        try replica.act("erase", at: now, isUndoable: false) { action in
            try action.erase(record, entity)
        }
        simulation.tally.note("record erased")
        return true
    }

    /// Deletes a record, or says that it should live.
    func end(_ entity: Entity, restores: Bool, _ seed: inout Seed) throws -> Bool {
        guard let record = try any(entity, &seed) else { return false }
        try replica.act("end", at: now) { action in
            if restores {
                action.restore(record.id, entity, in: record.scope)
            } else {
                action.delete(record.id, entity, in: record.scope)
            }
        }
        return true
    }
}

import Foundation
import GRDB
import Model
import TestSupport

@testable import Replica

/// Work that only the later version knows how to do.
extension Doer {
    func useLaterVersion(_ seed: inout Seed) throws -> Bool {
        guard LaterSchema.current != nil else { return false }
        switch seed.below(7) {
        case 0: return try setLaterField(LaterVersion.taskPlace, Schema.task, &seed)
        case 1: return try setLaterField(LaterVersion.entryMood, Schema.journalEntry, &seed)
        case 2: return try setLaterField(LaterVersion.taskEffort, Schema.task, &seed)
        case 3: return try addPortfolio(&seed)
        default: return try editPortfolio(&seed) || addPortfolio(&seed)
        }
    }

    private func setLaterField(
        _ field: Field, _ entity: Entity, _ seed: inout Seed
    ) throws -> Bool {
        guard let record = try any(entity, &seed) else { return false }
        let value =
            field.type == .integer
            ? Value.integer(Int64(seed.below(9))) : text(in: record.scope, &seed)
        return try set(field.id, of: record, entity, to: value)
    }

    private func addPortfolio(_ seed: inout Seed) throws -> Bool {
        let target = seed.pick(simulation.laptops.filter { $0.role == .participant })
        let scope =
            seed.oneIn(3) ? Scope.own(member) : .participant(target.member)
        return try create(
            LaterVersion.portfolio, in: scope,
            [FieldID(1): text(in: scope, &seed), FieldID(2): longText(in: scope, &seed)],
            elements: [FieldID(3): [text(in: scope, &seed)]])
    }

    private func editPortfolio(_ seed: inout Seed) throws -> Bool {
        let places = try replica.writer.read { database in
            let store = StoreTransaction(database)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT id, scope FROM foreignRecord WHERE entity = ? AND life = 0
                    ORDER BY id, scope
                    """, arguments: [Int64(LaterVersion.portfolio.id.rawValue)]
            ).compactMap { row in
                try RecordID(bytes: row[0] as Data).map {
                    ($0, try store.scope(key: row[1]).scope)
                }
            }
        }
        guard !places.isEmpty else { return false }
        let (record, scope) = seed.pick(places)
        let entity = LaterVersion.portfolio
        let word = text(in: scope, &seed)
        let task = try any(Schema.task, &seed)
        let kind = seed.below(8)
        try replica.act("later", at: now) { action in
            switch kind {
            case 0: try action.set(FieldID(1), of: record, entity, in: scope, to: word)
            case 1: action.add(word, to: FieldID(3), of: record, entity, in: scope)
            case 2: action.delete(record, entity, in: scope)
            case 3 where record.device == laptop.device:
                let isThere = try !action.reader.store.state(
                    of: record, entity: LaterVersion.cover.id,
                    in: action.reader.store.scope(scope)
                ).isEmpty
                if isThere {
                    try action.set(FieldID(1), of: record, LaterVersion.cover, in: scope, to: word)
                } else {
                    try action.create(
                        LaterVersion.cover, in: scope, id: record, values: [FieldID(1): word])
                }
            case 4:
                try action.set(
                    FieldID(4), of: record, entity, in: scope,
                    to: .integer(now.milliseconds))
            case 5:
                guard let task else { return }
                try action.set(FieldID(5), of: record, entity, in: scope, to: .reference(task.id))
            default: try action.set(FieldID(2), of: record, entity, in: scope, to: word)
            }
        }
        return true
    }
}

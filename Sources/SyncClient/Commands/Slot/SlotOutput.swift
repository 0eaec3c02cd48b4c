import Model
import Replica

/// Shows slots after they were read or changed.
enum SlotOutput {
    /// Each of the slots, in the order given.
    static func showAll(_ ids: [RecordID], in context: CommandContext) throws {
        if ids.count == 1 { return try show(ids, in: context) }
        let now = StartClock(context).now
        let views = try context.replica.read { reader in
            try ids.compactMap { try reader.record($0, of: Schema.slot) }
                .map { SlotView($0, now: now) }
        }
        if context.output.json {
            return try context.output.writeJSON(.array(views.map(\.json)))
        }
        try context.output.writeOut(SlotView.table(views, Presentation(context)), ifEmpty: "")
    }

    /// The first slot; of several all others below it, as a list.
    static func show(_ ids: [RecordID], in context: CommandContext) throws {
        let records = try context.replica.read { reader in
            try ids.map { id in
                guard let record = try reader.record(id, of: Schema.slot) else {
                    throw ReplicaError(.unknownRecord, id.text)
                }
                return record
            }
        }
        let now = StartClock(context).now
        let views = records.map { SlotView($0, now: now) }
        guard let first = views.first else { return }
        guard views.count > 1 else {
            return try context.output.write(
                json: first.json, text: first.text(Presentation(context)))
        }
        if context.output.json {
            let occurrences = views.map { view -> JSONValue in
                ["id": .string(view.record.id.text), "start": .time(view.start)]
            }
            return try context.output.writeJSON(
                first.json.adding(["occurrences": .array(occurrences)]))
        }
        let presentation = try Presentation(context)
        try context.output.writeOut(first.text(presentation))
        try context.output.writeOut("\nIt is the first of \(views.count) times:")
        try context.output.writeOut(
            SlotView.table(Array(views.prefix(listedMax)), presentation), ifEmpty: "")
        if views.count > listedMax {
            let id = first.record.id.shortText
            try context.output.writeOut(
                "… and \(views.count - listedMax) more; see waymark slot list --series \(id)")
        }
    }

    /// So many slots of a series are listed when it is made.
    private static let listedMax = 12
}
